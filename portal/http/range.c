/* The Range header: one range of bytes, or the whole file.
 *
 * Several ranges are answered with the whole file, as RFC 9110 14.2 allows: nobody here needs multipart/byteranges, and
 * overlapping ranges are a known way to make a server send much for little. So is anything unreadable.
 */
#include "header.h"

#include "../core/num.h"

#include <string.h>
#include <strings.h>

static const char *skip_ws(const char *p)
{
    return p + strspn(p, " \t");
}

/* Digits of one bound; -1 when there are none, -2 when it is no number. */
static int64_t bound(const char *s, size_t n)
{
    char text[24];
    int64_t v;
    if (n == 0)
        return -1;
    if (n >= sizeof text)
        return -2;
    memcpy(text, s, n);
    text[n] = '\0';
    return num_i64(text, 0, INT64_MAX, &v) ? v : -2;
}

enum header_range header_parse_range(const char *value, int64_t size, int64_t *ret_first, int64_t *ret_last)
{
    if (strncasecmp(value, "bytes", 5) != 0)
        return RANGE_NONE;
    const char *p = skip_ws(value + 5);
    if (*p != '=')
        return RANGE_NONE;
    p = skip_ws(p + 1);
    size_t n_first = strcspn(p, "-");
    if (p[n_first] != '-')
        return RANGE_NONE;
    const char *q = p + n_first + 1;
    size_t n_last = strspn(q, "0123456789");
    if (*skip_ws(q + n_last)) /* several ranges, or rubbish */
        return RANGE_NONE;
    int64_t first = bound(p, n_first);
    int64_t last = bound(q, n_last);
    if (first == -2 || last == -2 || (first == -1 && last == -1) || (first >= 0 && last >= 0 && last < first))
        return RANGE_NONE;
    if (first == -1) { /* the last n bytes */
        if (last == 0 || size == 0)
            return RANGE_UNSATISFIABLE;
        first = last < size ? size - last : 0;
        last = size - 1;
    } else if (first >= size) {
        return RANGE_UNSATISFIABLE;
    }
    if (last < 0 || last >= size)
        last = size - 1;
    *ret_first = first;
    *ret_last = last;
    return RANGE_OK;
}
