/* Who the client is: X-Forwarded-For and X-Forwarded-Proto, split at the first line feed, from a peer that is trusted
 * or not. A stranger's headers change nothing; a trusted proxy's give an address that reads back. */
#include "../../portal/http/http_int.h"

#include "../../portal/core/str.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct http_server server;
    struct conn peer = { 0 };
    unsigned char addr[16];

    if (n == 0)
        return 0;
    char *via = strndup((const char *)data + 1, n - 1);
    if (!via || !addr_parse("127.0.0.1", 9, server.trusted[0]) || !addr_parse("10.0.0.7", 8, server.trusted[1]))
        abort();
    server.n_trusted = 2;
    char *proto = strchr(via, '\n');
    if (proto)
        *proto++ = '\0';
    const char *hdr[][2] = { { "X-Forwarded-For", via }, { "X-Forwarded-Proto", proto } };
    struct call c = { .conn = &peer, .hdr = hdr, .n_hdr = proto ? 2 : 1 };
    c.req.conn = &c;
    bool trusted = data[0] & 1;
    (void)addr_parse(trusted ? "127.0.0.1" : "192.0.2.5", 9, peer.addr);

    client_address(&server, &c);
    if (!trusted && (!str_eq(c.req.address, "192.0.2.5") || c.req.tls))
        abort();
    if (!addr_parse(c.req.address, strlen(c.req.address), addr))
        abort();
    free(via);
    return 0;
}
