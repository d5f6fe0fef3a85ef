/* The life of a run: states, event kinds, and the pure fold of events into a state.
 *
 * The table is run_state.def. A worker folds (run_update) before it appends an
 * event and writes the new fold with it; the portal asks run_request_check
 * before it appends a wish of a person. Replaying all events of a run gives
 * the same fold as applying them one by one. Pure; any thread.
 */
#ifndef ATH_MODEL_RUN_STATE_H
#define ATH_MODEL_RUN_STATE_H

#include "../core/buf.h"
#include "../core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_state {
#define RUN_STATE(id, name, ended, meaning) RS_##id,
#include "run_state.def"
    RS_COUNT
};

enum run_kind {
#define RUN_KIND(id, name, writer, meaning) RK_##id,
#include "run_state.def"
    RK_COUNT
};

enum run_writer { RUN_BY_WEB, RUN_BY_WORKER };

/* What the columns of table run keep. A new run: all zero (RS_NEW). */
struct run_fold {
    enum run_state state;
    int attempt;          /* 0 before the first intent */
    char site_job_id[64]; /* of this attempt; "" while unknown */
    bool cancel_requested;
    bool hold_requested; /* what people want; the worker makes the site follow, then `held` or `released` tells */
    int64_t unknown_since_us, started_at_us, ended_at_us; /* 0: not */
};

struct run_event {
    enum run_kind kind;
    int attempt; /* of the worker's events; requests of people carry 0 */
    int64_t at_us;
    const char *site_job_id; /* submitted, adopted: needed; else ignored */
};

/* The fold after one more event; *ret may be f itself. ST_CONFLICT (not_allowed, wrong_attempt) changes nothing.
 * `intent` carries fold.attempt + 1; other worker events carry fold.attempt, except `duplicate` and `progress`, which
 * may be of an earlier one. */
enum status run_update(const struct run_fold *f, const struct run_event *ev, struct run_fold *ret, struct err *err);

/* May a person ask this now? ST_CONFLICT says in words why not. */
enum status run_request_check(const struct run_fold *f, enum run_kind kind, struct err *err);

bool run_state_ended(enum run_state s);
const char *run_state_name(enum run_state s);
const char *run_state_meaning(enum run_state s);
bool run_state_parse(const char *name, enum run_state *ret_s); /* stored states only: never "new" */
const char *run_kind_name(enum run_kind k);
const char *run_kind_meaning(enum run_kind k);
bool run_kind_parse(const char *name, enum run_kind *ret_k);
enum run_writer run_kind_writer(enum run_kind k);

/* The page docs/run-states.md: both tables in words and the mermaid diagram. */
void run_state_document(struct buf *b);

#endif
