/* The fold. The table decides whether an event is allowed and where it leads;
 * run_apply holds what else an event changes. Beside it the page for people,
 * drawn from the same table.
 */
#include "run_state.h"

#include "../core/str.h"

#include <stdio.h>
#include <string.h>

enum guard { ANY, NO_JOB, WITH_JOB };
enum mode { STEP, NOTE, LATE };

struct step {
    enum run_state from;
    enum run_kind kind;
    enum guard guard;
    enum run_state to;
    enum mode mode;
    const char *why;
};

static const struct step g_steps[] = {
#define RUN_STEP(from, kind, guard, to, mode, why) { RS_##from, RK_##kind, guard, RS_##to, mode, why },
#include "run_state.def"
};
enum { STEPS = sizeof g_steps / sizeof *g_steps };

static const struct {
    const char *name, *meaning;
    bool ended;
} g_states[RS_COUNT] = {
#define RUN_STATE(id, n, e, m) [RS_##id] = { .name = n, .meaning = m, .ended = e },
#include "run_state.def"
};

static const struct {
    const char *name, *meaning;
    enum run_writer writer;
} g_kinds[RK_COUNT] = {
#define RUN_KIND(id, n, w, m) [RK_##id] = { .name = n, .meaning = m, .writer = RUN_BY_##w },
#include "run_state.def"
};

bool run_state_ended(enum run_state s)
{
    return g_states[s].ended;
}

const char *run_state_name(enum run_state s)
{
    return g_states[s].name;
}

const char *run_state_meaning(enum run_state s)
{
    return g_states[s].meaning;
}

bool run_state_parse(const char *name, enum run_state *ret_s)
{
    for (int i = RS_NEW + 1; i < RS_COUNT; i++) {
        if (str_eq(g_states[i].name, name)) {
            *ret_s = (enum run_state)i;
            return true;
        }
    }
    return false;
}

const char *run_kind_name(enum run_kind k)
{
    return g_kinds[k].name;
}

const char *run_kind_meaning(enum run_kind k)
{
    return g_kinds[k].meaning;
}

bool run_kind_parse(const char *name, enum run_kind *ret_k)
{
    for (int i = 0; i < RK_COUNT; i++) {
        if (str_eq(g_kinds[i].name, name)) {
            *ret_k = (enum run_kind)i;
            return true;
        }
    }
    return false;
}

enum run_writer run_kind_writer(enum run_kind k)
{
    return g_kinds[k].writer;
}

static const struct step *step_find(const struct run_fold *f, enum run_kind kind)
{
    bool job = f->site_job_id[0] != '\0';

    for (size_t i = 0; i < STEPS; i++) {
        const struct step *s = &g_steps[i];
        if (s->from == f->state && s->kind == kind && (s->guard == ANY || (s->guard == WITH_JOB) == job))
            return s;
    }
    return NULL;
}

static bool attempt_ok(const struct run_fold *f, const struct run_event *ev)
{
    switch (ev->kind) {
    case RK_INTENT:
        return ev->attempt == f->attempt + 1;
    case RK_DUPLICATE:
    case RK_PROGRESS:
        return ev->attempt >= 0 && ev->attempt <= f->attempt;
    default:
        return g_kinds[ev->kind].writer == RUN_BY_WEB || ev->attempt == f->attempt;
    }
}

/* What people want, and whether the truth about the site is known. */
static void wishes_apply(struct run_fold *f, const struct run_event *ev)
{
    switch (ev->kind) {
    case RK_CANCEL_REQUEST:
        f->cancel_requested = true;
        break;
    case RK_HOLD_REQUEST:
        f->hold_requested = true;
        break;
    case RK_RELEASE_REQUEST:
    case RK_STARTED: /* what runs can no longer be held */
        f->hold_requested = false;
        break;
    case RK_REQUEUE_REQUEST:
        f->cancel_requested = false;
        f->hold_requested = false;
        f->started_at_us = 0;
        f->ended_at_us = 0;
        break;
    case RK_UNKNOWN:
        if (!f->unknown_since_us)
            f->unknown_since_us = ev->at_us;
        break;
    default:
        break;
    }
    /* Whatever else a worker learned, it learned from a site that answers. */
    if (ev->kind != RK_UNKNOWN && g_kinds[ev->kind].writer == RUN_BY_WORKER)
        f->unknown_since_us = 0;
}

static void run_apply(struct run_fold *f, const struct run_event *ev, enum run_state to)
{
    wishes_apply(f, ev);
    switch (ev->kind) {
    case RK_INTENT:
        f->attempt = ev->attempt;
        break;
    case RK_SUBMITTED:
    case RK_ADOPTED:
        (void)snprintf(f->site_job_id, sizeof f->site_job_id, "%s", ev->site_job_id);
        break;
    case RK_STARTED:
        if (!f->started_at_us)
            f->started_at_us = ev->at_us;
        break;
    default:
        break;
    }
    if (to == RS_QUEUED) /* the next attempt has no job yet */
        f->site_job_id[0] = '\0';
    if (g_states[to].ended) {
        f->ended_at_us = ev->at_us;
        f->hold_requested = false;
    }
    f->state = to;
}

enum status run_update(const struct run_fold *f, const struct run_event *ev, struct run_fold *ret, struct err *err)
{
    struct run_fold next = *f;
    const struct step *s = step_find(f, ev->kind);

    if (!s)
        return err_field(err, ST_CONFLICT, "not_allowed", NULL, "event %s is not allowed in state %s",
                         g_kinds[ev->kind].name, g_states[f->state].name);
    if (!attempt_ok(f, ev))
        return err_field(err, ST_CONFLICT, "wrong_attempt", NULL, "event %s is of attempt %d, the run is at attempt %d",
                         g_kinds[ev->kind].name, ev->attempt, f->attempt);
    if ((ev->kind == RK_SUBMITTED || ev->kind == RK_ADOPTED) &&
        (!ev->site_job_id || !*ev->site_job_id || strlen(ev->site_job_id) >= sizeof next.site_job_id))
        return err_field(err, ST_INVALID, "job_id", NULL, "event %s needs a job id of 1 to %zu bytes",
                         g_kinds[ev->kind].name, sizeof next.site_job_id - 1);
    if (s->mode == STEP)
        run_apply(&next, ev, s->to);
    *ret = next;
    return ST_OK;
}

enum status run_request_check(const struct run_fold *f, enum run_kind kind, struct err *err)
{
    const struct step *s = step_find(f, kind);

    if (g_kinds[kind].writer != RUN_BY_WEB || !s)
        return err_field(err, ST_CONFLICT, "not_allowed", NULL, "this cannot be asked of a run that is %s",
                         g_states[f->state].name);
    if (s->mode == LATE) {
        (void)err_field(err, ST_CONFLICT, "run_state", NULL, "the run %s", s->why);
        if (err && kind == RK_REQUEUE_REQUEST && !g_states[f->state].ended)
            (void)err_hint(err, "cancel it first, or launch a new run from it");
        return ST_CONFLICT;
    }
    return ST_OK;
}

static void diagram_write(struct buf *b)
{
    buf_adds(b, "```mermaid\nstateDiagram-v2\n    [*] --> queued: submit\n");
    for (int from = RS_NEW + 1; from < RS_COUNT; from++) {
        for (int to = RS_NEW + 1; to < RS_COUNT; to++) {
            bool first = true; /* all events of one arrow on one label */
            for (size_t i = 0; i < STEPS; i++) {
                const struct step *s = &g_steps[i];
                if ((int)s->from != from || (int)s->to != to || from == to)
                    continue;
                if (first)
                    buf_printf(b, "    %s --> %s: ", g_states[from].name, g_states[to].name);
                buf_printf(b, "%s%s", first ? "" : ", ", g_kinds[s->kind].name);
                first = false;
            }
            if (!first)
                buf_addc(b, '\n');
        }
        if (g_states[from].ended)
            buf_printf(b, "    %s --> [*]\n", g_states[from].name);
    }
    buf_adds(b, "```\n");
}

static void steps_write(struct buf *b)
{
    static const char *const guards[] = { "", " (no job known)", " (job known)" };

    buf_adds(b, "\n## Every step\n\n| in | event | to | |\n|---|---|---|---|\n");
    for (size_t i = 0; i < STEPS; i++) {
        const struct step *s = &g_steps[i];
        const char *to = s->mode == LATE    ? "too late"
                         : s->mode == NOTE  ? "recorded only"
                         : s->to == s->from ? "stays"
                                            : g_states[s->to].name;
        buf_printf(b, "| %s | %s%s | %s | %s |\n", g_states[s->from].name, g_kinds[s->kind].name, guards[s->guard], to,
                   s->why);
    }
}

void run_state_document(struct buf *b)
{
    buf_adds(b, "# Run states\n\nDrawn from `portal/model/run_state.def`; `make docs` writes it again and a test "
                "compares. Events that leave the state as it is are in the table only.\n\n");
    diagram_write(b);
    buf_adds(b, "\n## States\n\n| state | meaning |\n|---|---|\n");
    for (int i = RS_NEW + 1; i < RS_COUNT; i++)
        buf_printf(b, "| %s%s | %s |\n", g_states[i].name, g_states[i].ended ? " (end)" : "", g_states[i].meaning);
    buf_adds(b, "\n## Events\n\n| event | written by | meaning |\n|---|---|---|\n");
    for (int i = 0; i < RK_COUNT; i++)
        buf_printf(b, "| %s | %s | %s |\n", g_kinds[i].name, g_kinds[i].writer == RUN_BY_WEB ? "people" : "worker",
                   g_kinds[i].meaning);
    steps_write(b);
}
