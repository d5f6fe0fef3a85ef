/* Talking to a helper program over its stdin and stdout with frames (core/frame.h).
 *
 * A helper is disposable: it is started at the first call, killed when it does not
 * answer in time, and started again by the next call. One thread a client.
 */
#ifndef ATH_WORKERS_HELPER_CLIENT_H
#define ATH_WORKERS_HELPER_CLIENT_H

#include "../../portal/core/buf.h"
#include "../../portal/core/err.h"
#include "../../portal/core/frame.h"

#include <stdbool.h>
#include <stdint.h>

struct helper;

/* argv[0] is the program's name below settings.libexec_dir; envp as for execve. Both are copied. */
struct helper *helper_new(const char *const argv[], const char *const envp[]);
void helper_free(struct helper *h); /* ends the program; NULL-safe */

/* Sends one request frame and waits for one reply.
 * ST_OK: *ret_r reads the reply (borrowed until the next call).
 * The helper's own FRAME_ERROR: its status and text.
 * ST_UNAVAIL: no answer (start failed, deadline, end of stream). *ret_sent tells whether the request may have reached
 * it. */
enum status helper_call(struct helper *h, const struct buf *request, int64_t timeout_ms, struct frame_reader *ret_r,
                        bool *ret_sent, struct err *err);

/* At the end of this process: kills every helper that runs and starts no more, so that no thread waits for an answer
 * any longer. Any thread. */
void helpers_end(void);

/* The two halves of helper_call; several may be sent before the first answer is taken, answers come in the order of
 * sending. send: ST_OK: an answer is to be received, if only that there is none; ST_UNAVAIL: nothing was sent. After
 * the helper failed nothing is sent until all its answers were received, so that none is taken for another's. */
enum status helper_send(struct helper *h, const struct buf *request, int64_t deadline_ms, struct err *err);
enum status helper_receive(struct helper *h, int64_t deadline_ms, struct frame_reader *ret_r, struct err *err);

/* One-shot helpers: runs argv with `fd` as standard input and gives what it wrote. ST_UNAVAIL when it did not end in
 * time or died; `out` (initialised by the callee) holds at most max bytes. fd is not closed. */
enum status helper_run(const char *const argv[], const char *const envp[], int fd, size_t max, int64_t timeout_ms,
                       struct buf *ret_out, struct err *err);

#endif
