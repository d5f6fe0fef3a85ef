/* tus 1.0 as text.
 *
 * The headers are foreign: each is bounded by the server's header limit, split by hand without copies of unknown size,
 * and a fault names the header, because that is all a client can act on.
 */
#include "tus.h"

#include "filename.h"

#include "../core/id.h"
#include "../core/num.h"
#include "../core/str.h"

#include <string.h>
#include <time.h>

#define META      "Upload-Metadata"
#define VALUE_MAX FOLDER_MAX_BYTES /* bytes of one decoded value; the longest is a folder */
#define KEYS_MAX  32

/* One "key base64" pair: raw points into an arena buffer of *ret_n bytes. */
static enum status pair_decode(struct arena *a, const char *p, size_t n, const char **ret_key, char **ret_raw,
                               size_t *ret_n, struct err *err)
{
    const char *space = memchr(p, ' ', n);
    size_t key_n = space ? (size_t)(space - p) : n;
    size_t b64_n = space ? n - key_n - 1 : 0;

    if (key_n < 1 || key_n > 64)
        return err_field(err, ST_INVALID, "metadata_invalid", META, "a key is empty or longer than 64 bytes");
    if (b64_n > (VALUE_MAX + 2) / 3 * 4)
        return err_field(err, ST_INVALID, "metadata_invalid", META, "a value is longer than %d bytes", VALUE_MAX);
    char *raw = arena_alloc(a, b64_n / 4 * 3 + 4);
    if (!raw)
        return err_field(err, ST_TOOBIG, "metadata_invalid", META, "the metadata is too long");
    if (b64_n && !b64_decode(space + 1, b64_n, raw, b64_n / 4 * 3 + 4, ret_n, false))
        return err_field(err, ST_INVALID, "metadata_invalid", META, "the value of \"%.*s\" is not base64", (int)key_n,
                         p);
    if (!b64_n)
        *ret_n = 0;
    *ret_key = arena_strndup(a, p, key_n);
    *ret_raw = raw;
    return ST_OK;
}

static enum status pair_take(struct arena *a, const char *key, const char *raw, size_t n, struct tus_metadata *meta,
                             struct err *err)
{
    if (str_eq(key, "filename") && !meta->filename)
        return filename_clean(a, raw, n, META ".filename", &meta->filename, err);
    if (str_eq(key, "folder") && !meta->folder)
        return folder_clean(a, raw, n, META ".folder", &meta->folder, err);
    if (str_eq(key, "project") && !meta->project) {
        if (memchr(raw, '\0', n) || !id_valid("prj", raw))
            return err_field(err, ST_INVALID, "project_invalid", META ".project", "this is not the id of a project");
        meta->project = raw;
        return ST_OK;
    }
    if (str_eq(key, "sha256") && !meta->has_sha256) {
        if (memchr(raw, '\0', n) || !hex_decode(raw, meta->sha256, sizeof(meta->sha256)))
            return err_field(err, ST_INVALID, "sha256_invalid", META ".sha256", "the hash must be 64 hex digits");
        meta->has_sha256 = true;
        return ST_OK;
    }
    if (str_eq(key, "filename") || str_eq(key, "folder") || str_eq(key, "project") || str_eq(key, "sha256"))
        return err_field(err, ST_INVALID, "metadata_invalid", META, "the key \"%s\" is there twice", key);
    return ST_OK;
}

enum status tus_metadata_parse(struct arena *a, const char *header, struct tus_metadata *ret_meta, struct err *err)
{
    struct tus_metadata meta = { 0 };
    size_t keys = 0;

    for (const char *p = header ? header : ""; *p;) {
        size_t n = strcspn(p, ",");
        const char *next = p[n] ? p + n + 1 : p + n;
        while (n && *p == ' ') /* "a b, c d" is common */
            p++, n--;
        const char *key = NULL;
        char *raw = NULL;
        size_t raw_n = 0;
        if (++keys > KEYS_MAX)
            return err_field(err, ST_INVALID, "metadata_invalid", META, "there are more than %d keys", KEYS_MAX);
        enum status st = pair_decode(a, p, n, &key, &raw, &raw_n, err);
        if (!st)
            st = pair_take(a, key, raw, raw_n, &meta, err);
        if (st)
            return st;
        p = next;
    }
    if (!meta.filename)
        return err_field(err, ST_INVALID, "filename_missing", META ".filename", "the upload has no file name");
    if (!meta.project)
        return err_field(err, ST_INVALID, "project_missing", META ".project",
                         "the upload does not say for which project it is");
    if (!meta.folder)
        meta.folder = "";
    *ret_meta = meta;
    return ST_OK;
}

static const char *value_encode(struct arena *a, const char *text)
{
    size_t cap = strlen(text) / 3 * 4 + 8;
    char *out = arena_alloc(a, cap);

    (void)b64_encode(text, strlen(text), out, cap, false);
    return out;
}

const char *tus_metadata_format(struct arena *a, const char *filename, const char *folder, const char *project)
{
    const char *plain = arena_printf(a, "filename %s,project %s", value_encode(a, filename), value_encode(a, project));

    return *folder ? arena_printf(a, "%s,folder %s", plain, value_encode(a, folder)) : plain;
}

enum status tus_checksum_parse(const char *header, struct tus_checksum *ret_sum, struct err *err)
{
    struct tus_checksum sum = { .algorithm = TUS_NONE };

    if (!header) {
        *ret_sum = sum;
        return ST_OK;
    }
    const char *space = strchr(header, ' ');
    if (space && str_starts(header, "sha256 ")) {
        sum.algorithm = TUS_SHA256;
        sum.len = 32;
    } else if (space && str_starts(header, "sha1 ")) {
        sum.algorithm = TUS_SHA1;
        sum.len = 20;
    } else {
        (void)err_field(err, ST_INVALID, "checksum_algorithm", "Upload-Checksum",
                        "this checksum algorithm is not offered");
        return err_hint(err, "Offered are " TUS_ALGORITHMS ".");
    }
    size_t n = 0;
    if (!b64_decode(space + 1, strlen(space + 1), sum.digest, sizeof(sum.digest), &n, false) || n != sum.len)
        return err_field(err, ST_INVALID, "checksum_invalid", "Upload-Checksum",
                         "the checksum is not %zu bytes in base64", sum.len);
    *ret_sum = sum;
    return ST_OK;
}

enum status tus_number(const char *header, const char *name, int64_t max, int64_t *ret_v, struct err *err)
{
    if (!header)
        return err_field(err, ST_INVALID, "header_missing", name, "the header %s is missing", name);
    if (!num_i64(header, 0, INT64_MAX, ret_v))
        return err_field(err, ST_INVALID, "header_invalid", name, "%s is not a whole number", name);
    if (*ret_v > max)
        return err_field(err, ST_TOOBIG, "upload_too_big", name, "%s is larger than the limit of %lld bytes", name,
                         (long long)max);
    return ST_OK;
}

const char *tus_date(struct arena *a, int64_t unix_s)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t t = (time_t)unix_s;
    struct tm tm;

    if (!gmtime_r(&t, &tm))
        return "Thu, 01 Jan 1970 00:00:00 GMT";
    return arena_printf(a, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday, tm.tm_mday,
                        months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
