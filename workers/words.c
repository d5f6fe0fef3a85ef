/* Slurm's reasons and end states in words. The reasons are those of Slurm 22.05's squeue(1) that a user of a shared
 * cluster meets; others pass through unchanged, so nothing is hidden.
 */
#include "words.h"

#include "../portal/core/str.h"

const char *reason_words(const char *reason)
{
    static const struct {
        const char *reason, *words;
    } table[] = {
        { "Priority", "Other jobs are ahead in the queue." },
        { "Resources", "Waiting for free processors, memory or GPUs." },
        { "Dependency", "Waiting for an earlier copy of the same job to end." },
        { "BeginTime", "Waiting for its earliest start time (after a requeue Slurm waits two minutes)." },
        { "JobHeldUser", "Held on request; release it to let it start." },
        { "JobHeldAdmin", "Held by an administrator of the cluster." },
        { "JobHoldMaxRequeue", "Held by Slurm: it was requeued too many times." },
        { "PartitionDown", "The partition is down." },
        { "PartitionInactive", "The partition takes no jobs now." },
        { "PartitionNodeLimit", "It asks for more nodes than the partition allows." },
        { "PartitionTimeLimit", "It asks for more time than the partition allows." },
        { "ReqNodeNotAvail", "A node it needs is not available (down, drained or reserved)." },
        { "BadConstraints", "No node of the cluster can ever satisfy what it asks for." },
        { "NodeDown", "A node it needs is down." },
        { "Reservation", "Waiting for its reservation to begin." },
        { "Licenses", "Waiting for a licence." },
        { "Prolog", "The node is being prepared." },
        { "Cleaning", "The node is being cleaned up after an earlier run of this job." },
        { "AssocGrpGRES", "The group's limit of GPUs is in use." },
        { "AssocGrpCpuLimit", "The group's limit of processors is in use." },
        { "AssocGrpMemLimit", "The group's limit of memory is in use." },
        { "AssocGrpJobsLimit", "The group's limit of jobs is reached." },
        { "AssocMaxJobsLimit", "The limit of running jobs is reached." },
        { "QOSGrpGRES", "The quality of service has no more GPUs to give." },
        { "QOSMaxJobsPerUserLimit", "The limit of running jobs for one user is reached." },
        { "QOSMaxGRESPerUser", "The limit of GPUs for one user is in use." },
        { "QOSMaxCpuPerUserLimit", "The limit of processors for one user is in use." },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (str_eq(table[i].reason, reason))
            return table[i].words;
    return reason;
}

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
