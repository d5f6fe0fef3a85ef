/* A bare libmicrohttpd server: one reply of a given size from memory, nothing else. The yardstick for `make bench`.
 *
 * bare_mhd <bytes> [threads]; prints its port, stops on SIGTERM/SIGINT.
 */
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct MHD_Response *g_reply;

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                                  const char *version, const char *data, size_t *n, void **ctx)
{
    static int seen;
    (void)cls, (void)url, (void)method, (void)version, (void)data;
    if (!*ctx) {
        *ctx = &seen;
        return MHD_YES;
    }
    *n = 0;
    return MHD_queue_response(c, 200, g_reply);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long size = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
    unsigned threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 2;
    if (!end || *end || size == 0 || size > 64ul << 20 || threads == 0 || threads > 64) {
        fprintf(stderr, "usage: bare_mhd <bytes> [threads]\n");
        return 2;
    }
    sigset_t set;
    int sig;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    char *body = malloc(size);
    if (!body)
        return 1;
    memset(body, 'x', size);
    g_reply = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(g_reply, "Content-Type", "application/json");
    struct MHD_Daemon *d =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, NULL,
                         threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, MHD_OPTION_END);
    if (!d)
        return 1;
    printf("%u\n", (unsigned)MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    sigwait(&set, &sig);
    MHD_stop_daemon(d);
    MHD_destroy_response(g_reply);
    return 0;
}
