/* Ends that a scheduler decides, as causes for people. What a run itself says about its end comes before these. */
#include "cause.h"

const struct cause cause_lost = {
    "lost",
    "The job disappeared from the cluster without a trace of its end: no result, no sign of life.",
    "It is tried again by itself a few times. If it keeps happening, ask the administrators to look at the node.",
    true,
};

const struct cause *end_cause(enum site_job_state s)
{
    static const struct cause timeout = { "timeout",
                                          "The time limit was reached before the run could end or save its place.",
                                          "Ask for more time, or for less work in one run.", false };
    static const struct cause memory = { "out_of_memory", "The run needed more memory than it had asked for.",
                                         "Ask for more memory, or make the system smaller.", false };
    static const struct cause cancelled = { "cancelled_at_site", "The job was cancelled on the cluster, not here.",
                                            "Ask the administrators of the cluster why; then run it again.", false };
    static const struct cause node = { "node_failed", "The node failed, was taken away, or did not start.",
                                       "It is tried again by itself a few times.", true };
    switch (s) {
    case SJ_END_TIMEOUT:
        return &timeout;
    case SJ_END_MEMORY:
        return &memory;
    case SJ_END_CANCELLED:
        return &cancelled;
    case SJ_END_NODE:
        return &node;
    default:
        return NULL;
    }
}
