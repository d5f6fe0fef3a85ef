/* Frames: the first byte of each pair says which field the reader asks for next; nothing is read past the frame. */
#include "../../portal/core/frame.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct frame_reader r;
    char text[16];
    size_t asks = n < 8 ? n : 8, got = 0;

    frame_open(&r, data + asks, n - asks);
    for (size_t i = 0; i < asks; i++) {
        switch (data[i] & 3) {
        case 0:
            (void)frame_i64(&r);
            break;
        case 1:
            (void)frame_double(&r);
            break;
        case 2:
            frame_str(&r, text, sizeof text);
            if (strlen(text) >= sizeof text)
                abort();
            break;
        default: {
            const void *p = frame_bytes(&r, &got);
            if (p && got && memchr(p, 0xA5, got) == data) /* touches every byte */
                abort();
            if (!p && got)
                abort();
        }
        }
        if (!r.bad && r.p > r.end)
            abort();
    }
    if (r.bad && frame_end(&r))
        abort();
    return 0;
}
