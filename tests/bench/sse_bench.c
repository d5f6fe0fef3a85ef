/* Opens N idle event streams, tells the server's memory, and how long one event takes to reach them all.
 *
 * sse_bench -p PORT [-n 5000] [-u /events] [-P server pid] [-H 'Cookie: …']... [-t '/publish'] [-r rounds]
 *   -t  POSTed (with the same headers) to make the event; the clock runs from sending that request to the arrival of
 *       the marker "event:" on the last stream. Without it only memory is measured.
 * Prints one JSON object. Clients connect from 127.0.0.1..127.0.0.8, since one address has only some 28,000 ports and
 * the server may limit streams of one address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STREAMS_MAX 100000
#define PENDING_MAX 200 /* streams being opened at a time: more would meet the server's queue limit */

struct stream {
    int fd;
    bool up;     /* the reply's head has come */
    int matched; /* of the marker */
    int round;
};

static struct stream *g_streams;
static int g_n = 5000, g_port, g_pid, g_rounds = 3;
static const char *g_url = "/events", *g_trigger;
static char g_headers[4096];

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what)
{
    fprintf(stderr, "sse_bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int dial(int i)
{
    struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001u + (unsigned)i % 8) };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)g_port),
                              .sin_addr.s_addr = htonl(0x7f000001) };
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) || connect(fd, (struct sockaddr *)&to, sizeof to))
        die("connect");
    return fd;
}

static void ask(int fd, const char *method, const char *url)
{
    char text[8192];
    int n = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n", method, url, g_headers,
                     strcmp(method, "POST") == 0 ? "Content-Length: 0\r\n" : "");
    if (n < 0 || (size_t)n >= sizeof text || send(fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        die("send");
}

static long rss_kb(void)
{
    char path[64], line[256];
    long kb = -1;
    snprintf(path, sizeof path, "/proc/%d/status", g_pid);
    FILE *f = g_pid ? fopen(path, "r") : NULL;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

/* Counts the markers in what has come; true when this stream reached the round for the first time. */
static bool feed(struct stream *s, int round)
{
    static const char marker[] = "event:";
    char b[4096];
    bool reached = false;
    ssize_t n;
    while ((n = recv(s->fd, b, sizeof b, MSG_DONTWAIT)) > 0) {
        if (!s->up && memcmp(b, "HTTP/1.1 200", 12) != 0) {
            fprintf(stderr, "sse_bench: refused: %.*s\n", (int)n, b);
            exit(1);
        }
        s->up = true;
        for (ssize_t i = 0; i < n; i++) {
            s->matched = b[i] == marker[s->matched] ? s->matched + 1 : b[i] == 'e';
            if (s->matched == (int)sizeof marker - 1) {
                s->matched = 0;
                reached = ++s->round == round;
            }
        }
    }
    if (n == 0) {
        fprintf(stderr, "sse_bench: a stream was closed\n");
        exit(1);
    }
    return reached;
}

static void open_stream(int ep, int i)
{
    g_streams[i].fd = dial(i);
    ask(g_streams[i].fd, "GET", g_url);
    struct epoll_event ev = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
    if (epoll_ctl(ep, EPOLL_CTL_ADD, g_streams[i].fd, &ev))
        die("epoll");
}

static double run_round(int ep, int round)
{
    int fd = dial(0);
    double t0 = now_ms();
    ask(fd, "POST", g_trigger);
    for (int left = g_n; left > 0;) {
        struct epoll_event ev[512];
        int n = epoll_wait(ep, ev, 512, 10000);
        if (n <= 0)
            die("an event did not arrive within 10 s");
        for (int i = 0; i < n; i++)
            left -= feed(&g_streams[ev[i].data.u32], round);
    }
    double t = now_ms() - t0;
    close(fd);
    return t;
}

static void parse(int argc, char **argv)
{
    int o;
    size_t n = 0;
    while ((o = getopt(argc, argv, "p:n:u:P:H:t:r:")) != -1) {
        switch (o) {
        case 'p':
            g_port = (int)strtol(optarg, NULL, 10);
            break;
        case 'n':
            g_n = (int)strtol(optarg, NULL, 10);
            break;
        case 'u':
            g_url = optarg;
            break;
        case 'P':
            g_pid = (int)strtol(optarg, NULL, 10);
            break;
        case 'H':
            n += (size_t)snprintf(g_headers + n, sizeof g_headers - n, "%s\r\n", optarg);
            break;
        case 't':
            g_trigger = optarg;
            break;
        case 'r':
            g_rounds = (int)strtol(optarg, NULL, 10);
            break;
        default:
            exit(2);
        }
        if (n >= sizeof g_headers)
            exit(2);
    }
    if (g_port <= 0 || g_n <= 0 || g_n > STREAMS_MAX)
        exit(2);
}

int main(int argc, char **argv)
{
    parse(argc, argv);
    struct rlimit r = { STREAMS_MAX + 100, STREAMS_MAX + 100 };
    if (setrlimit(RLIMIT_NOFILE, &r) != 0 && getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
    long before = rss_kb();
    int ep = epoll_create1(EPOLL_CLOEXEC);
    g_streams = calloc((size_t)g_n, sizeof *g_streams);
    if (!g_streams || ep < 0)
        die("start");
    double t0 = now_ms();
    for (int up = 0, asked = 0; up < g_n;) {
        struct epoll_event ev[512];
        for (; asked < g_n && asked - up < PENDING_MAX; asked++)
            open_stream(ep, asked);
        int n = epoll_wait(ep, ev, 512, 30000);
        if (n <= 0)
            die("streams did not open within 30 s");
        for (int i = 0; i < n; i++) {
            struct stream *s = &g_streams[ev[i].data.u32];
            bool was = s->up;
            (void)feed(s, -1);
            up += s->up && !was;
        }
    }
    double open_ms = now_ms() - t0;
    sleep(1);
    printf("{\"streams\":%d,\"open_ms\":%.0f,\"rss_before_kb\":%ld,\"rss_idle_kb\":%ld", g_n, open_ms, before,
           rss_kb());
    for (int i = 0; i < g_n; i++)
        g_streams[i].round = 0;
    if (g_trigger) {
        printf(",\"event_ms\":[");
        for (int round = 1; round <= g_rounds; round++)
            printf("%s%.1f", round > 1 ? "," : "", run_round(ep, round));
        printf("],\"rss_after_kb\":%ld", rss_kb());
    }
    printf("}\n");
    return 0;
}
