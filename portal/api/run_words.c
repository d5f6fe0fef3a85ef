/* Words for people: run states, event kinds, and the scheduler's reasons for letting a job wait.
 *
 * Codes stay beside the words in every reply; clients branch on codes, people read the words. A reason that is not in
 * the table is shown as the scheduler wrote it.
 */
#include "run.h"

#include "../core/clock.h"
#include "../core/str.h"

#include <string.h>

enum { ESTIMATE_STALE_MIN = 5 }; /* an estimate passed this long ago says nothing any more */

struct words {
    const char *code, *text, *hint;
};

/* What follows "The run". */
static const struct words states[] = {
    { "queued", "is waiting for the portal's worker", NULL },
    { "held", "is held back", NULL },
    { "submitting", "is being handed to the scheduler", NULL },
    { "pending", "is waiting in the scheduler's queue", NULL },
    { "running", "is running", NULL },
    { "collecting", "is having its results collected", NULL },
    { "finished", "has finished", NULL },
    { "failed", "has failed", NULL },
    { "cancelled", "was stopped", NULL },
};

static const struct words kinds[] = {
    { "submit", "The run was launched.", NULL },
    { "cancel_request", "Somebody asked to stop the run.", NULL },
    { "hold_request", "Somebody asked to hold the run back.", NULL },
    { "release_request", "Somebody asked to let the run go on.", NULL },
    { "requeue_request", "Somebody asked to try the run again.", NULL },
    { "trashed", "The run was put into the trash.", NULL },
    { "restored", "The run was taken out of the trash.", NULL },
    { "intent", "The run folder is ready; it is about to be handed to the scheduler.", NULL },
    { "submitted", "The scheduler has taken the job.", NULL },
    { "adopted", "A job sent earlier was found at the scheduler and is followed again.", NULL },
    { "rejected", "The scheduler refused the job.", NULL },
    { "pending", "The job waits in the scheduler's queue.", NULL },
    { "started", "The job has started.", NULL },
    { "unknown", "The site does not answer; the run's true state is not known until it does.", NULL },
    { "known", "The site answers again.", NULL },
    { "held", "The run is held back.", NULL },
    { "released", "The run is no longer held back.", NULL },
    { "left", "The job has ended at the scheduler; its results are being collected.", NULL },
    { "continued", "The time limit was reached; the run continues from its checkpoint in a new attempt.", NULL },
    { "retried", "The attempt was lost through no fault of the run; it is tried again.", NULL },
    { "finished", "The run has finished and its results are complete.", NULL },
    { "failed", "The run has failed.", NULL },
    { "cancelled", "The run was stopped.", NULL },
    { "progress", "Progress.", NULL },
    { "duplicate", "A second copy of the job started late and left at once; the first was not disturbed.", NULL },
};

static const char ask_less[] = "Ask for fewer CPUs, GPUs or less memory, or wait.";
static const char ask_admin[] = "An administrator has to look at the cluster; the run starts by itself afterwards.";
static const char never_starts[] = "It will not start as it is: cancel it and rerun it with smaller resources.";

/* Slurm's reasons (slurm.h, enum job_state_reason), by their names. */
static const struct words reasons[] = {
    { "None", "The scheduler has not considered the job yet.", "" },
    { "Priority", "Other jobs with a higher priority are ahead in the queue.", "" },
    { "Resources", "It is next in the queue and waits for CPUs, GPUs or memory to become free.", "" },
    { "BeginTime", "Its earliest start time has not come yet.", "" },
    { "Dependency", "It waits for another job to end.", "" },
    { "DependencyNeverSatisfied", "The job it depends on did not end as required.", never_starts },
    { "Licenses", "It waits for a software licence to become free.", "" },
    { "Reservation", "It waits for its reservation to begin.", "" },
    { "ReservationDeleted", "The reservation it was meant for is gone.", never_starts },
    { "Cleaning", "The previous attempt is still being cleaned up.", "" },
    { "JobHeldUser", "It is held back by its owner.", "Release it to let it start." },
    { "JobHeldAdmin", "It is held back by an administrator.", ask_admin },
    { "JobHoldMaxRequeue", "It was requeued too often and is held back.", ask_admin },
    { "JobLaunchFailure", "The node could not start the job.", ask_admin },
    { "launch_failed_requeued_held", "The node could not start the job, so it is held back.", ask_admin },
    { "PartitionDown", "The partition is closed for maintenance.", ask_admin },
    { "PartitionInactive", "The partition is switched off.", ask_admin },
    { "PartitionNodeLimit", "It asks for more nodes than the partition allows.", never_starts },
    { "PartitionTimeLimit", "It asks for more time than the partition allows.", never_starts },
    { "PartitionConfig", "It asks for more than the partition's nodes have.", never_starts },
    { "NodeDown", "A node it needs is down.", ask_admin },
    { "ReqNodeNotAvail", "The nodes it needs are down, drained or reserved.", ask_admin },
    { "BadConstraints", "No node of the cluster can fulfil what it asks for.", never_starts },
    { "SystemFailure", "The scheduler or a file system had a fault.", ask_admin },
    { "NonZeroExitCode", "The job ended with an error.", "" },
    { "TimeLimit", "The job reached its time limit.", "" },
    { "InactiveLimit", "The job was inactive for too long.", "" },
    { "OutOfMemory", "The job needed more memory than it asked for.", "" },
    { "InvalidAccount", "The scheduler does not know the account the job is charged to.", ask_admin },
    { "InvalidQOS", "The scheduler does not know the job's quality of service.", ask_admin },
    { "FedJobLock", "It waits for another cluster of the federation.", "" },
    { "NodeNotAvail", "The nodes it needs are not available now.", "" },
    { "Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs_in_higher_priority_partitions",
      "The nodes it needs are down, drained or kept for more urgent jobs.", ask_admin },
    { "RaisedSignal", "The job was ended by a signal.", "" },
    { "MaxMemPerLimit", "It asks for more memory per CPU or node than is allowed.", never_starts },
    { "BurstBufferResources", "It waits for fast scratch space.", "" },
    { "BurstBufferStageIn", "Its input is being copied to fast scratch space.", "" },
    { "Prolog", "The node is being prepared for it.", "" },
    { "DeadLine", "It can no longer end before its deadline.", never_starts },
};

/* Families: Slurm has hundreds of limits named <whose><Grp|Max><what>. The first match counts, so longer ones first. */
static const struct words families[] = {
    { "MaxJobs", "The number of running jobs allowed at once is reached.", "It starts when one of them ends." },
    { "MaxSubmit", "The number of jobs allowed in the queue is reached.", "It starts when one of them ends." },
    { "Wall", "It asks for more time than is allowed, or the group's time is used up.", ask_less },
    { "CPU", "The limit on CPUs in use is reached.", ask_less },
    { "Cpu", "The limit on CPUs in use is reached.", ask_less },
    { "GRES", "The limit on GPUs in use is reached.", ask_less },
    { "Memory", "The limit on memory in use is reached.", ask_less },
    { "Mem", "The limit on memory in use is reached.", ask_less },
    { "Node", "The limit on nodes in use is reached.", ask_less },
    { "Jobs", "The group's limit on running jobs is reached.", "It starts when one of them ends." },
    { "Billing", "The group's budget at the cluster is used up.", ask_admin },
    { "Min", "It asks for less than the least the queue accepts.", never_starts },
};

static const struct words *words_find(const struct words *w, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(w[i].code, code))
            return &w[i];
    return NULL;
}

#define WORDS_FIND(table, code) words_find((table), sizeof(table) / sizeof(table)[0], (code))

const char *run_state_text(const char *state)
{
    const struct words *w = WORDS_FIND(states, state);

    return w ? w->text : state;
}

const char *run_event_text(const char *kind)
{
    const struct words *w = WORDS_FIND(kinds, kind);

    return w ? w->text : kind;
}

void run_reason_text(const char *reason, char *text, size_t text_cap, const char **ret_hint)
{
    const struct words *w = WORDS_FIND(reasons, reason);

    if (!w && (str_starts(reason, "QOS") || str_starts(reason, "Assoc")))
        for (size_t i = 0; !w && i < sizeof families / sizeof families[0]; i++)
            if (strstr(reason, families[i].code))
                w = &families[i];
    if (w) {
        (void)str_fmt(text, text_cap, "%s", w->text);
        *ret_hint = w->hint;
    } else if (strchr(reason, ' ')) {
        (void)str_fmt(text, text_cap, "%s", reason); /* words already */
        *ret_hint = "";
    } else {
        (void)str_fmt(text, text_cap, "The scheduler gives the reason \"%s\".", reason);
        *ret_hint = "";
    }
}

void run_reason_write(struct jsonw *w, const char *reason)
{
    char text[256];
    const char *hint;

    jsonw_key(w, "reason");
    if (!reason || !*reason) {
        jsonw_null(w);
        return;
    }
    run_reason_text(reason, text, sizeof text, &hint);
    jsonw_obj(w);
    jsonw_kstr(w, "code", strchr(reason, ' ') ? NULL : reason);
    jsonw_kstr(w, "text", text);
    jsonw_kstr(w, "hint", hint);
    jsonw_obj_end(w);
}

void run_event_write(struct jsonw *w, const struct db_rows *r, int row)
{
    enum { ID, SEQ, KIND, ATTEMPT, AT, ACTOR, LOGIN, DATA };

    jsonw_obj(w);
    api_kint(w, "id", r, row, ID);
    api_kint(w, "seq", r, row, SEQ);
    api_ktext(w, "kind", r, row, KIND);
    jsonw_kstr(w, "text", run_event_text(db_text(r, row, KIND)));
    api_kint(w, "attempt", r, row, ATTEMPT);
    api_ktime(w, "at", r, row, AT);
    api_ktext(w, "account", r, row, ACTOR);
    api_ktext(w, "login", r, row, LOGIN);
    api_kjson(w, "data", r, row, DATA);
    jsonw_obj_end(w);
}

void run_duration_text(double seconds, char *out, size_t cap)
{
    int64_t s = seconds < 0 ? 0 : seconds > 1e12 ? (int64_t)1e12 : (int64_t)(seconds + 0.5);

    if (s < 60)
        (void)str_fmt(out, cap, "%lld s", (long long)s);
    else if (s < 3600)
        (void)str_fmt(out, cap, "%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
    else if (s < 172800)
        (void)str_fmt(out, cap, "%lld h %lld min", (long long)(s / 3600), (long long)(s % 3600 / 60));
    else
        (void)str_fmt(out, cap, "%lld days %lld h", (long long)(s / 86400), (long long)(s % 86400 / 3600));
}

void run_start_text(int64_t start_us, int64_t now_us, char *out, size_t cap)
{
    const int64_t minute = 60 * 1000000ll;
    const int64_t minutes = (start_us - now_us + minute / 2) / minute;
    char at[32], in[64];

    *out = '\0';
    if (start_us <= 0 || now_us - start_us > ESTIMATE_STALE_MIN * minute)
        return;
    if (minutes < 1) {
        (void)str_fmt(out, cap, "The scheduler expects it to start at any moment.");
        return;
    }
    clock_rfc3339(start_us, at, sizeof at);
    at[10] = ' ';
    at[16] = '\0'; /* "2026-11-20 14:20" */
    if (minutes < 60)
        (void)str_fmt(in, sizeof in, "%lld minute%s", (long long)minutes, minutes == 1 ? "" : "s");
    else
        run_duration_text((double)minutes * 60, in, sizeof in);
    (void)str_fmt(out, cap, "The scheduler expects it to start about %s UTC (in %s).", minutes < 720 ? at + 11 : at,
                  in);
}
