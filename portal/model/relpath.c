/* Path safety of foreign names, decided on the text alone; opening is file_open_below's business. */
#include "relpath.h"

#include "../core/str.h"

#include <string.h>

bool relpath_ok(const char *s)
{
    size_t n = s ? strnlen(s, 513) : 0;

    if (n == 0 || n > 512 || !utf8_valid(s, n))
        return false;
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F || *p == '\\')
            return false;
    for (const char *p = s;;) {
        size_t len = strcspn(p, "/");
        if (len == 0 || len > 255 || (p[0] == '.' && (len == 1 || (len == 2 && p[1] == '.'))))
            return false;
        if (!p[len])
            return true;
        p += len + 1;
    }
}
