/* A folder, or files given one by one, as a zip or tar file, made while it is sent (REPLY_PULL): flat memory, no
 * temporary file.
 *
 * The walk keeps a stack of open folders and never follows a link; only regular files and folders go in, a file that
 * shrank while it is read is filled with zeros (its size was already told), one that grew is cut. Names are foreign:
 * bytes that are not UTF-8 and control characters become U+FFFD, and every entry lies below one top folder, so that
 * no unpacker can be led elsewhere. libarchive pushes what it makes into out; pull hands it on and pushes more.
 */
#include "http_int.h"

#include "../core/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX      32
#define NAME_MAX_BYTES 1024 /* longer paths are left out rather than cut: two could become one */
#define READ_BLOCK     (64 * 1024)
#define OUT_MAX        (16u << 20) /* far above what one block can become */

struct level {
    DIR *dir;
    size_t name_len; /* of the path up to here */
};

struct walk {
    struct archive *ar;
    struct level stack[DEPTH_MAX];
    unsigned depth;
    size_t top_len;            /* of the one folder everything lies in */
    char name[NAME_MAX_BYTES]; /* path in the archive of the current folder */
    int file;                  /* the file being read, -1 none */
    int64_t left;              /* of its told size */
    struct buf out;
    size_t out_pos;
    bool done, cancelled;
    /* Files given one by one instead of a folder; NULL: the stack. */
    bool (*next)(void *ctx, struct http_archive_file *ret_f);
    void (*next_free)(void *ctx);
    void *next_ctx;
    char block[READ_BLOCK];
};

static la_ssize_t on_write(struct archive *ar, void *ctx, const void *p, size_t n)
{
    struct walk *w = ctx;
    (void)ar;
    if (w->cancelled)
        return (la_ssize_t)n;
    buf_add(&w->out, p, n);
    return buf_ok(&w->out) ? (la_ssize_t)n : -1;
}

static void walk_free(void *ctx)
{
    struct walk *w = ctx;
    w->cancelled = true; /* free ends the archive, and only an ended one gives all its memory back */
    if (w->ar)
        archive_write_free(w->ar);
    while (w->depth)
        (void)closedir(w->stack[--w->depth].dir);
    if (w->file >= 0)
        (void)close(w->file);
    if (w->next_free)
        w->next_free(w->next_ctx);
    buf_free(&w->out);
    free(w);
}

/* Puts "/entry" behind the first `at` bytes of the name; false when it gets too long. */
static bool name_push(struct walk *w, size_t at, const char *entry)
{
    char clean[NAME_MAX_BYTES];
    if (strlen(entry) >= sizeof clean) /* sanitizing would cut it */
        return false;
    utf8_sanitize(entry, strlen(entry), clean, sizeof clean);
    for (char *p = clean; *p; p++)
        if (*p == '\\' || *p == ':') /* separators elsewhere */
            *p = '_';
    return str_fmt(w->name + at, sizeof w->name - at, "/%s", clean);
}

static bool put_header(struct walk *w, const struct stat *sb, const char *name, bool folder)
{
    struct archive_entry *e = archive_entry_new();
    if (!e)
        return false;
    archive_entry_set_pathname_utf8(e, name);
    archive_entry_set_filetype(e, folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(e, folder ? 0755 : (sb->st_mode & 0100 ? 0755 : 0644));
    archive_entry_set_mtime(e, sb->st_mtime, 0);
    archive_entry_set_size(e, folder ? 0 : sb->st_size);
    int rc = archive_write_header(w->ar, e);
    archive_entry_free(e);
    return rc >= ARCHIVE_WARN;
}

static bool enter(struct walk *w, int fd)
{
    DIR *d = w->depth < DEPTH_MAX ? fdopendir(fd) : NULL;
    if (!d) {
        (void)close(fd);
        return false;
    }
    w->stack[w->depth].dir = d;
    w->stack[w->depth].name_len = strlen(w->name);
    w->depth++;
    return true;
}

/* One entry of the current folder. What cannot be opened is left out; only a broken archive is an error. */
static bool take_entry(struct walk *w, const char *entry)
{
    struct stat sb;
    if (str_eq(entry, ".") || str_eq(entry, "..") || !name_push(w, w->stack[w->depth - 1].name_len, entry))
        return true;
    int fd = openat(dirfd(w->stack[w->depth - 1].dir), entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return true;
    if (fstat(fd, &sb) != 0 || !(S_ISREG(sb.st_mode) || S_ISDIR(sb.st_mode))) {
        (void)close(fd);
        return true;
    }
    if (S_ISDIR(sb.st_mode)) {
        char folder[NAME_MAX_BYTES + 1];
        bool ok = str_fmt(folder, sizeof folder, "%s/", w->name) && put_header(w, &sb, folder, true);
        return enter(w, fd) || ok;
    }
    if (!put_header(w, &sb, w->name, false)) {
        (void)close(fd);
        return false;
    }
    w->file = fd;
    w->left = sb.st_size;
    return true;
}

static bool take_block(struct walk *w)
{
    size_t want = w->left < READ_BLOCK ? (size_t)w->left : READ_BLOCK;
    if (want) {
        ssize_t n = read(w->file, w->block, want);
        if (n < 0 && errno == EINTR)
            return true;
        if (n <= 0) {
            memset(w->block, 0, want);
            n = (ssize_t)want;
        }
        if (archive_write_data(w->ar, w->block, (size_t)n) < 0)
            return false;
        w->left -= n;
    }
    if (w->left == 0) {
        (void)close(w->file);
        w->file = -1;
    }
    return true;
}

/* A part ".." would lead an unpacker out of its folder. */
static bool name_inside(const char *name)
{
    for (const char *p = name; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || !p[2]))
            return false;
    return true;
}

/* The next of the files given one by one; what cannot be named is left out. */
static bool take_given(struct walk *w, size_t top_len)
{
    struct http_archive_file f;
    if (!w->next(w->next_ctx, &f)) {
        w->next = NULL;
        return true;
    }
    struct stat sb = { .st_mode = S_IFREG | 0644, .st_size = f.size, .st_mtime = f.mtime };
    if (!name_inside(f.name) || !name_push(w, top_len, f.name)) {
        (void)close(f.fd);
        return true;
    }
    if (!put_header(w, &sb, w->name, false)) {
        (void)close(f.fd);
        return false;
    }
    w->file = f.fd;
    w->left = f.size;
    return true;
}

/* Does a little more work; false: the archive is broken. */
static bool step(struct walk *w)
{
    if (w->file >= 0)
        return take_block(w);
    if (w->next)
        return take_given(w, w->top_len);
    if (w->depth == 0) {
        w->done = true;
        return archive_write_close(w->ar) == ARCHIVE_OK;
    }
    struct level *top = &w->stack[w->depth - 1];
    w->name[top->name_len] = '\0';
    struct dirent *de = readdir(top->dir);
    if (de)
        return take_entry(w, de->d_name);
    (void)closedir(top->dir);
    w->depth--;
    return true;
}

static ssize_t walk_pull_utf8(struct walk *w, char *out, size_t cap)
{
    while (w->out_pos == w->out.len) {
        buf_reset(&w->out);
        w->out_pos = 0;
        if (w->done)
            return 0;
        if (!step(w))
            return -1;
    }
    size_t n = w->out.len - w->out_pos < cap ? w->out.len - w->out_pos : cap;
    memcpy(out, w->out.p + w->out_pos, n);
    w->out_pos += n;
    return (ssize_t)n;
}

/* libarchive converts names through the thread's locale and fails (or worse) on UTF-8 names in the "C" one, which a
 * server has; hence a UTF-8 one for the time of the call. */
static locale_t g_utf8;
static void utf8_init(void)
{
    g_utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static ssize_t walk_pull(void *ctx, char *out, size_t cap)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, utf8_init);
    locale_t before = g_utf8 ? uselocale(g_utf8) : (locale_t)0;
    ssize_t n = walk_pull_utf8(ctx, out, cap);
    if (before)
        uselocale(before);
    return n;
}

static bool archive_begin(struct walk *w, bool zip)
{
    w->ar = archive_write_new();
    if (!w->ar)
        return false;
    int rc = zip ? archive_write_set_format_zip(w->ar) : archive_write_set_format_pax_restricted(w->ar);
    if (rc == ARCHIVE_OK && zip) /* trajectories do not shrink, and for text level 1 is nearly as good as more */
        rc = archive_write_set_options(w->ar, "zip:compression-level=1,zip:hdrcharset=UTF-8");
    if (rc == ARCHIVE_OK)
        rc = archive_write_set_bytes_per_block(w->ar, 0); /* unblocked: hand on at once */
    return rc == ARCHIVE_OK && archive_write_open(w->ar, w, NULL, on_write, NULL) == ARCHIVE_OK;
}

/* The top folder's name, and the walk that fills it; NULL when memory is short. */
static struct walk *walk_new(const char *name)
{
    struct walk *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->file = -1;
    buf_init(&w->out, OUT_MAX);
    char top[256];
    utf8_sanitize(name, strlen(name), top, sizeof top);
    for (char *p = top; *p; p++)
        if (*p == '/' || *p == '\\' || *p == ':')
            *p = '_';
    bool named = *top && !str_eq(top, ".") && !str_eq(top, "..");
    (void)str_fmt(w->name, sizeof w->name, "%s", named ? top : "files");
    w->top_len = strlen(w->name);
    return w;
}

static void walk_reply(struct http_req *req, struct http_reply *ret, struct walk *w, bool zip)
{
    ret->kind = REPLY_PULL;
    ret->type = zip ? "application/zip" : "application/x-tar";
    ret->pull = walk_pull;
    ret->pull_free = walk_free;
    ret->pull_ctx = w;
    http_reply_attachment(req, ret, arena_printf(req->arena, "%.*s.%s", (int)w->top_len, w->name, zip ? "zip" : "tar"));
}

static enum status format_read(const char *format, bool *ret_zip, struct err *err)
{
    *ret_zip = !format || str_eq(format, "zip");
    if (*ret_zip || str_eq(format, "tar"))
        return ST_OK;
    return err_field(err, ST_INVALID, "bad_parameter", "format", "format must be zip or tar");
}

enum status http_reply_archive(struct http_req *req, struct http_reply *ret, int root_fd, const char *name,
                               const char *format, struct err *err)
{
    bool zip;
    enum status st = format_read(format, &zip, err);
    struct walk *w = st ? NULL : walk_new(name);
    if (!w) {
        (void)close(root_fd);
        return st ? st : err_set(err, ST_FATAL, "out of memory for an archive");
    }
    int own = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* root_fd may be O_PATH */
    (void)close(root_fd);
    if (own < 0 || !enter(w, own) || !archive_begin(w, zip)) {
        walk_free(w);
        return err_set(err, ST_FATAL, "the archive cannot be made");
    }
    walk_reply(req, ret, w, zip);
    return ST_OK;
}

enum status http_reply_archive_files(struct http_req *req, struct http_reply *ret, const char *name, const char *format,
                                     bool (*next)(void *ctx, struct http_archive_file *ret_f),
                                     void (*free_ctx)(void *ctx), void *ctx, struct err *err)
{
    bool zip;
    enum status st = format_read(format, &zip, err);
    struct walk *w = st ? NULL : walk_new(name);
    if (!w) {
        free_ctx(ctx);
        return st ? st : err_set(err, ST_FATAL, "out of memory for an archive");
    }
    w->next = next;
    w->next_free = free_ctx;
    w->next_ctx = ctx;
    if (!archive_begin(w, zip)) {
        walk_free(w);
        return err_set(err, ST_FATAL, "the archive cannot be made");
    }
    walk_reply(req, ret, w, zip);
    return ST_OK;
}
