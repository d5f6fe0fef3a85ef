/* helper-inspect: reads one foreign document in a sandbox and tells what is in it (docs/contracts.md, section 7).
 *
 *   helper-inspect [--seconds=N] [--memory=BYTES] [--max=BYTES] [--atoms=N] structure [FILE NAME] | results
 *
 * The document comes on descriptor 0, the answer, one JSON object, goes to descriptor 1. Everything it says about the
 * document, refusals too, ends with exit status 0; death by a signal means that a limit was hit or a rule broken.
 * "self-test WHAT" tries something forbidden inside the sandbox (sandbox.h).
 */
#include "inspect/inspect.h"
#include "sandbox.h"
#include "../../portal/core/buf.h"
#include "../../portal/core/jsonw.h"
#include "../../portal/core/num.h"
#include "../../portal/core/str.h"
#include "../../portal/model/results.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX (64u << 20)
#define EXIT_USAGE 2

struct options {
    uint64_t seconds, memory, max, atoms;
    const char *mode, *name;
};

static bool write_all(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static volatile sig_atomic_t g_answering;

/* Out of time: say so instead of just dying, unless the answer is already on its way. */
static void on_time_up(int sig)
{
    static const char text[] = "{\"ok\":false,\"code\":\"too_slow\",\"text\":\"the file takes too long to read\","
                               "\"hint\":\"Upload a smaller part of it.\"}\n";
    (void)sig;
    if (g_answering)
        return;
    (void)!write(STDOUT_FILENO, text, sizeof text - 1);
    _exit(0);
}

static void refusal_write(struct buf *out, const struct err *err)
{
    struct jsonw w;
    buf_reset(out);
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_kbool(&w, "ok", false);
    jsonw_kstr(&w, "code", err->code);
    if (err->field[0])
        jsonw_kstr(&w, "field", err->field);
    jsonw_kstr(&w, "text", err->text);
    jsonw_kstr(&w, "hint", err->hint);
    jsonw_obj_end(&w);
}

static enum status inspect_results(const struct options *o, struct buf *out, struct err *err)
{
    BUF_AUTO in = { 0 };
    char piece[65536];
    json_t *doc = NULL;
    ssize_t n;

    buf_init(&in, o->max);
    while ((n = read(STDIN_FILENO, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, errno, "cannot read the results");
        buf_add(&in, piece, (size_t)n);
        if (!buf_ok(&in))
            return err_field(err, ST_TOOBIG, "too_large", NULL, "results.json is larger than %llu bytes",
                             (unsigned long long)o->max);
    }
    enum status st = results_validate(in.len ? in.p : "", in.len, o->max, &doc, err);
    if (st)
        return st;
    char *text = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(doc);
    if (text) {
        buf_adds(out, "{\"ok\":true,\"doc\":");
        buf_adds(out, text);
        buf_adds(out, "}");
    }
    free(text);
    return buf_ok(out) && out->len ? ST_OK : err_set(err, ST_TOOBIG, "the results do not fit an answer");
}

static bool option_take(struct options *o, const char *arg)
{
    const struct {
        const char *name;
        uint64_t min, max, *dest;
    } known[] = {
        { "--seconds=", 1, 86400, &o->seconds },
        { "--memory=", 64u << 20, UINT64_MAX / 2, &o->memory },
        { "--max=", 1, UINT64_MAX / 2, &o->max },
        { "--atoms=", 1, UINT32_MAX / 2, &o->atoms },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_starts(arg, known[i].name))
            return num_u64(arg + strlen(known[i].name), known[i].min, known[i].max, known[i].dest);
    }
    return false;
}

static bool options_read(int argc, char **argv, struct options *ret_o)
{
    struct options o = { .seconds = 60, .memory = 2ull << 30, .max = 512ull << 20, .atoms = 20000000, .name = "" };
    int i = 1;
    for (; i < argc && str_starts(argv[i], "--"); i++) {
        if (!option_take(&o, argv[i]))
            return false;
    }
    o.mode = i < argc ? argv[i++] : "";
    o.name = i < argc ? argv[i++] : "";
    *ret_o = o;
    return i == argc && (str_eq(o.mode, "structure") || str_eq(o.mode, "results") || str_eq(o.mode, "self-test"));
}

int main(int argc, char **argv)
{
    struct options o;
    struct err err = { 0 };
    BUF_AUTO out = { 0 };

    if (!options_read(argc, argv, &o)) {
        fprintf(stderr, "usage: helper-inspect [--seconds=N] [--memory=BYTES] [--max=BYTES] [--atoms=N] "
                        "structure [NAME] | results\n");
        return EXIT_USAGE;
    }
    json_object_seed(0); /* reads the system's random numbers while that is still allowed */
    (void)signal(SIGXCPU, on_time_up);
    if (sandbox_enter(o.seconds, o.memory, &err)) {
        fprintf(stderr, "helper-inspect: %s\n", err.text);
        return EXIT_USAGE;
    }
    if (str_eq(o.mode, "self-test")) {
        sandbox_try(o.name);
        _exit(1);
    }
    buf_init(&out, ANSWER_MAX);
    struct inspect_limits lim = { .bytes = o.max, .lines = 200000000, .atoms = o.atoms };
    enum status st = str_eq(o.mode, "results") ? inspect_results(&o, &out, &err)
                                               : inspect_structure(STDIN_FILENO, NULL, 0, o.name, &lim, &out, &err);
    if (st)
        refusal_write(&out, &err);
    buf_addc(&out, '\n');
    g_answering = 1;
    _exit(write_all(out.p, out.len) ? 0 : 1); /* no exit handlers: they belong to a life outside the sandbox */
}
