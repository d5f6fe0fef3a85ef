/* Filling struct err: fixed-size texts, cut when too long, never allocated.
 *
 * An error is made once, where the cause is known; the wrappers here only add.
 * Texts are cut at a UTF-8 character, so that a long foreign name in an error
 * cannot make the JSON answer invalid.
 */
#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Drops a character that vsnprintf cut in half at the end of s. */
static void text_mend(char *s)
{
    size_t n = strlen(s), i = n;

    while (i > 0 && n - i < 3 && ((unsigned char)s[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)s[i - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (n - (i - 1) < want)
        s[i - 1] = '\0';
}

static void __attribute__((format(printf, 3, 0))) text_set(char *out, size_t cap, const char *fmt, va_list ap)
{
    int n = vsnprintf(out, cap, fmt, ap);

    if (n < 0)
        out[0] = '\0';
    else if ((size_t)n >= cap)
        text_mend(out);
}

static void __attribute__((format(printf, 3, 4))) text_fmt(char *out, size_t cap, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    text_set(out, cap, fmt, ap);
    va_end(ap);
}

const char *status_name(enum status st)
{
    static const char *const names[] = {
        [ST_OK] = "ok",
        [ST_INVALID] = "invalid",
        [ST_UNAUTH] = "unauthenticated",
        [ST_DENIED] = "denied",
        [ST_NOTFOUND] = "not_found",
        [ST_CONFLICT] = "conflict",
        [ST_PRECONDITION] = "precondition_failed",
        [ST_TOOBIG] = "too_big",
        [ST_MEDIA] = "unsupported_media_type",
        [ST_LOCKED] = "locked",
        [ST_THROTTLED] = "throttled",
        [ST_QUOTA] = "quota",
        [ST_RETRY] = "retry",
        [ST_UNAVAIL] = "unavailable",
        [ST_FATAL] = "internal",
    };
    size_t i = (size_t)st;

    return i < sizeof names / sizeof *names && names[i] ? names[i] : "internal";
}

/* A caller that says "failed" must never be read as success, even when nobody filled the error. */
static enum status st_failed(enum status st)
{
    return st ? st : ST_FATAL;
}

void err_clear(struct err *err)
{
    if (err)
        *err = (struct err){ .st = ST_OK };
}

static void ERR_PRINTF(5, 0)
    err_vset(struct err *err, enum status st, const char *code, const char *field, const char *fmt, va_list ap)
{
    /* Built aside: the arguments may point into *err. */
    struct err e = { .st = st };

    text_fmt(e.code, sizeof e.code, "%s", code ? code : status_name(st));
    if (field)
        text_fmt(e.field, sizeof e.field, "%s", field);
    text_set(e.text, sizeof e.text, fmt, ap);
    *err = e;
}

enum status err_set(struct err *err, enum status st, const char *fmt, ...)
{
    va_list ap;

    st = st_failed(st);
    if (!err)
        return st;
    va_start(ap, fmt);
    err_vset(err, st, NULL, NULL, fmt, ap);
    va_end(ap);
    return st;
}

enum status err_field(struct err *err, enum status st, const char *code, const char *field, const char *fmt, ...)
{
    va_list ap;

    st = st_failed(st);
    if (!err)
        return st;
    va_start(ap, fmt);
    err_vset(err, st, code, field, fmt, ap);
    va_end(ap);
    return st;
}

static enum status status_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
        return ST_NOTFOUND;
    case EACCES:
    case EPERM:
        return ST_DENIED;
    case ENOSPC:
    case EDQUOT:
        return ST_QUOTA;
    default:
        return ST_FATAL;
    }
}

enum status err_sys(struct err *err, int errnum, const char *fmt, ...)
{
    enum status st = status_of_errno(errnum);
    va_list ap;

    if (!err)
        return st;
    va_start(ap, fmt);
    err_vset(err, st, NULL, NULL, fmt, ap);
    va_end(ap);
    err->sys = errnum;
    char why[96];
    const char *s = strerror_r(errnum, why, sizeof why); /* GNU form: returns the text */
    size_t n = strlen(err->text);
    text_fmt(err->text + n, sizeof err->text - n, ": %s", s);
    return st;
}

enum status err_hint(struct err *err, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return ST_FATAL;
    va_start(ap, fmt);
    text_set(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
    return st_failed(err->st);
}

enum status err_detail(struct err *err, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return ST_FATAL;
    va_start(ap, fmt);
    text_set(err->detail, sizeof err->detail, fmt, ap);
    va_end(ap);
    return st_failed(err->st);
}

enum status err_wrap(struct err *err, const char *fmt, ...)
{
    struct err old;
    va_list ap;

    if (!err)
        return ST_FATAL;
    old = *err;
    va_start(ap, fmt);
    text_set(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    size_t n = strlen(err->text);
    text_fmt(err->text + n, sizeof err->text - n, ": %s", old.text);
    return st_failed(err->st);
}
