/* Names users give to files and folders.
 *
 * A name is shown in pages, logs and Content-Disposition, and is a column of a UTF-8 database; it is never used to open
 * anything. So what is done here is only to make it text: whatever could not be stored, printed or read unambiguously
 * is written as %XX. A literal '%' stays, because "50%.pdb" should look like that; names need not be reversible.
 */
#include "filename.h"

#include "../core/buf.h"
#include "../core/str.h"

#include <stdbool.h>
#include <string.h>

/* Controls (C0, DEL, C1), line separators, marks and overrides of direction, zero-width space and BOM. */
static bool char_is_hidden(const unsigned char *c, size_t len)
{
    if (len == 1)
        return c[0] < 0x20 || c[0] == 0x7F;
    if (len == 2)
        return c[0] == 0xC2 && c[1] < 0xA0;
    if (len != 3)
        return false;
    if (c[0] == 0xE2 && c[1] == 0x80)
        return c[2] == 0x8B || c[2] == 0x8E || c[2] == 0x8F || (c[2] >= 0xA8 && c[2] <= 0xAE);
    if (c[0] == 0xE2 && c[1] == 0x81)
        return c[2] >= 0xA6 && c[2] <= 0xA9;
    return c[0] == 0xEF && c[1] == 0xBB && c[2] == 0xBF;
}

enum status filename_clean(struct arena *a, const char *p, size_t n, const char *field, const char **ret_name,
                           struct err *err)
{
    BUF_AUTO out = { 0 };
    buf_init(&out, FILENAME_MAX_BYTES);

    for (size_t i = 0; i < n;) {
        const unsigned char *c = (const unsigned char *)p + i;
        size_t len = utf8_char_len(p + i, n - i);
        if (len && !char_is_hidden(c, len)) {
            buf_add(&out, p + i, len);
        } else {
            len = len ? len : 1;
            for (size_t k = 0; k < len; k++)
                buf_printf(&out, "%%%02X", c[k]);
        }
        i += len;
    }
    if (!buf_ok(&out))
        return err_field(err, ST_INVALID, "name_too_long", field, "the name is longer than %d bytes",
                         FILENAME_MAX_BYTES);
    if (!out.len)
        return err_field(err, ST_INVALID, "name_empty", field, "the name is empty");
    *ret_name = arena_strndup(a, out.p, out.len);
    return ST_OK;
}

enum status folder_clean(struct arena *a, const char *p, size_t n, const char *field, const char **ret_folder,
                         struct err *err)
{
    BUF_AUTO out = { 0 };
    size_t depth = 0;

    buf_init(&out, FOLDER_MAX_BYTES);
    for (size_t i = 0, len; i < n; i += len + 1) {
        const char *slash = memchr(p + i, '/', n - i), *part;
        enum status st;

        len = slash ? (size_t)(slash - p) - i : n - i;
        if (len == 0)
            continue;
        st = filename_clean(a, p + i, len, field, &part, err);
        if (st)
            return st;
        if (str_eq(part, ".") || str_eq(part, ".."))
            return err_field(err, ST_INVALID, "folder_invalid", field, "no folder can be called \"%s\"", part);
        if (++depth > FOLDER_DEPTH_MAX)
            return err_field(err, ST_INVALID, "folder_too_deep", field, "folders lie at most %d deep",
                             FOLDER_DEPTH_MAX);
        if (out.len)
            buf_addc(&out, '/');
        buf_adds(&out, part);
    }
    if (!buf_ok(&out))
        return err_field(err, ST_INVALID, "folder_too_long", field, "the folder is longer than %d bytes",
                         FOLDER_MAX_BYTES);
    *ret_folder = arena_strndup(a, out.len ? out.p : "", out.len);
    return ST_OK;
}
