/* The portal: settings, then everything in a written order, then signals until the end, then everything backwards.
 *
 * Usage: athanor [--conf FILE] [--set name=value]... [--show-config | --show-routes | --show-openapi | --version]
 * SIGTERM and SIGINT end it: no new connections, running requests get GRACE_MS, streams are closed. SIGHUP has it read
 * its TLS certificate again.
 * On standard output it prints one line, its address, when it is ready: with port 0 that is how to find it.
 */
#include "api/api.h"
#include "api/openapi.h"
#include "core/conf.h"
#include "core/log.h"
#include "core/str.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define GRACE_MS 10000

#define ATHANOR_VERSION "0.1.0"

static int usage(void)
{
    (void)fprintf(stderr, "usage: athanor [--conf FILE] [--set name=value]... [--show-config | --show-routes | "
                          "--show-openapi | --version]\n");
    return 2;
}

/* Signals are taken by sigwait in this thread alone; every thread started later inherits the mask. */
static void signals_block(sigset_t *ret_set)
{
    (void)sigemptyset(ret_set);
    (void)sigaddset(ret_set, SIGTERM);
    (void)sigaddset(ret_set, SIGINT);
    (void)sigaddset(ret_set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, ret_set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void certificate_reload(struct http_server *s)
{
    struct err err = { 0 };

    if (http_server_reload(s, &err))
        log_err(LOG_ERROR, "portal.reload", &err); /* the old certificate stays */
    else
        log_kv(LOG_INFO, "portal.reload", "the certificate was read again", NULL);
}

static void signals_wait(const sigset_t *set, struct http_server *s)
{
    int sig = 0;

    while (sigwait(set, &sig) != 0 || sig == SIGHUP)
        if (sig == SIGHUP)
            certificate_reload(s);
    log_kv(LOG_INFO, "portal.stop", "stopping", "signal", sig == SIGTERM ? "SIGTERM" : "SIGINT", NULL);
}

/* The libraries that want to be called before there are threads. */
static enum status libraries_init(struct err *err)
{
    json_object_seed(0);
    return password_init(err);
}

static void ready_tell(const struct http_server *s)
{
    const char *scheme = *g_conf->tls_cert ? "https" : "http";
    bool v6 = strchr(g_conf->bind, ':') != NULL;

    (void)printf("%s://%s%s%s:%d\n", scheme, v6 ? "[" : "", g_conf->bind, v6 ? "]" : "", http_server_port(s));
    (void)fflush(stdout);
    log_fmt(LOG_INFO, "portal.ready", "listening on %s port %d", g_conf->bind, http_server_port(s));
}

static enum status serve(struct err *err)
{
    static const struct http_hooks hooks = {
        .thread_open = auth_thread_open, .thread_close = auth_thread_close, .guard = auth_guard, .after = auth_after
    };
    struct http_server *server = NULL;
    sigset_t signals;
    enum status st;

    signals_block(&signals);
    st = libraries_init(err);
    if (st)
        return st;
    st = catalogue_start(err);
    if (st)
        return st;
    st = http_server_start(api_routes, &hooks, &server, err);
    if (st)
        goto stop_catalogue;
    api_server_set(server);
    st = live_start(err);
    if (st)
        goto stop_server;
    st = upload_sweep_start(err);
    if (st)
        goto stop_live;

    ready_tell(server);
    signals_wait(&signals, server);

    upload_sweep_stop();
stop_live:
    live_stop();
stop_server:
    api_server_set(NULL);
    http_server_stop(server, GRACE_MS);
stop_catalogue:
    catalogue_stop();
    return st;
}

int main(int argc, char **argv)
{
    struct err err = { 0 };
    enum log_level level = LOG_INFO;

    (void)umask(0027);
    if (conf_load(&argc, argv, &err)) {
        (void)fprintf(stderr, "athanor: %s\n", err.text);
        return 2;
    }
    if (argc == 2 && str_eq(argv[1], "--show-routes")) {
        api_routes_show(stdout);
        return 0;
    }
    if (argc == 2 && str_eq(argv[1], "--show-openapi")) {
        api_openapi_show(stdout);
        return 0;
    }
    if (argc == 2 && str_eq(argv[1], "--version")) {
        (void)printf("athanor %s\n", ATHANOR_VERSION);
        return 0;
    }
    if (argc != 1)
        return usage();
    if (!log_level_parse(g_conf->log_level, &level)) {
        (void)fprintf(stderr, "athanor: log_level must be debug, info, warn or error\n");
        return 2;
    }
    log_init("portal", level, 2, g_conf->log_json);
    if (serve(&err)) {
        log_err(LOG_ERROR, "portal.failed", &err);
        return 1;
    }
    log_kv(LOG_INFO, "portal.stopped", "stopped", NULL);
    return 0;
}
