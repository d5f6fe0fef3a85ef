/* Speaks just enough tus to let a client send, and throws the bytes away: what the client itself can do at its best.
 *
 * usage: tus_sink PORT        one connection at a time, on loopback
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER (1 << 20)

static char g_buf[BUFFER + 1];

/* Reads a head; ret_n: bytes in the buffer, ret_body: where the body begins. */
static bool head_read(int fd, size_t *ret_n, size_t *ret_body)
{
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(fd, g_buf + n, 65536 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        g_buf[n] = '\0';
        char *end = strstr(g_buf, "\r\n\r\n");
        if (end) {
            *ret_n = n;
            *ret_body = (size_t)(end - g_buf) + 4;
            return true;
        }
    }
}

static long long content_length(size_t head)
{
    for (char *line = g_buf; line && line < g_buf + head; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            return strtoll(line + 15, NULL, 10);
    return 0;
}

static void serve(int fd)
{
    long long offset = 0;
    size_t n, body;
    while (head_read(fd, &n, &body)) {
        char answer[256];
        bool post = strncmp(g_buf, "POST", 4) == 0;
        long long length = content_length(body), left = length - (long long)(n - body);
        while (left > 0) {
            ssize_t got = recv(fd, g_buf, left < BUFFER ? (size_t)left : BUFFER, 0);
            if (got <= 0)
                return;
            left -= got;
        }
        offset = post ? 0 : offset + length;
        int len =
            post ? snprintf(answer, sizeof answer,
                            "HTTP/1.1 201 Created\r\nLocation: /u\r\nTus-Resumable: 1.0.0\r\nContent-Length: 0\r\n\r\n")
                 : snprintf(answer, sizeof answer,
                            "HTTP/1.1 204 No Content\r\nUpload-Offset: %lld\r\nTus-Resumable: 1.0.0\r\n\r\n", offset);
        if (send(fd, answer, (size_t)len, MSG_NOSIGNAL) != len)
            return;
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (argc != 2 || listener < 0)
        return 2;
    sa.sin_port = htons((unsigned short)atoi(argv[1]));
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(listener, (const struct sockaddr *)&sa, sizeof sa) || listen(listener, 4))
        return 1;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return 1;
        serve(fd);
        (void)close(fd);
    }
}
