/* Files of the browser application: rows with ROUTE_WILDCARD whose rest of the path names a file below static_dir.
 *
 * Every component is opened without following links. A request that accepts it gets the ".br" or ".gz" sibling when
 * there is one and it is not older than the file. The ETag is made of inode, size and time of change, so it needs no
 * reading; browsers ask again each time and mostly hear 304. Names with a content hash ("app.3f2a9c81.js") never change
 * and may be kept for a year.
 *
 * The application's own addresses (/runs/run_…) are no files: somebody who goes to one gets the start page, which reads
 * the address. Only who asks for a page by name does (Accept: text/html); a missing script stays missing.
 */
#include "http_int.h"
#include "header.h"

#include "../core/conf.h"
#include "../core/file.h"
#include "../core/str.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char *const g_types[][2] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".map", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/vnd.microsoft.icon" },
    { ".woff2", "font/woff2" },
    { ".wasm", "application/wasm" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".md", "text/plain; charset=utf-8" },
    { ".py", "text/x-python; charset=utf-8" },
    { ".pdb", "chemical/x-pdb" },
};

static const char *type_of(const char *path)
{
    for (unsigned i = 0; i < sizeof g_types / sizeof *g_types; i++)
        if (str_ends(path, g_types[i][0]))
            return g_types[i][1];
    return "application/octet-stream";
}

/* "name.<8 or more hex digits>.ext" */
static bool is_hashed(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
        size_t n = strspn(dot + 1, "0123456789abcdef");
        if (n >= 8 && dot[1 + n] == '.')
            return true;
    }
    return false;
}

/* A regular file below dir; ST_NOTFOUND for everything else. */
static enum status open_file(int dir, const char *rel, int *ret_fd, struct stat *ret_sb, struct err *err)
{
    int fd;
    enum status st = file_open_below(dir, rel, O_RDONLY | O_NONBLOCK, &fd, err);
    if (st)
        return st == ST_FATAL ? st
                              : err_field(err, ST_NOTFOUND, "no_such_path", "path", "there is nothing at this address");
    if (fstat(fd, ret_sb) != 0 || !S_ISREG(ret_sb->st_mode)) {
        (void)close(fd);
        return err_field(err, ST_NOTFOUND, "no_such_path", "path", "there is nothing at this address");
    }
    *ret_fd = fd;
    return ST_OK;
}

/* Is it an address of the application? Not below /api, nor in a folder of files, where a missing one is a mistake. */
static bool is_page(struct http_req *req, int dir, const char *rel)
{
    const char *accept = http_header(req, "Accept");
    size_t n = strcspn(rel, "/");
    struct stat sb;

    if (!accept || !header_accepts(accept, "text/html") || str_starts(rel, "api/") || strcmp(rel, "api") == 0)
        return false;
    return fstatat(dir, arena_strndup(req->arena, rel, n), &sb, AT_SYMLINK_NOFOLLOW) != 0;
}

/* Replaces *fd by a compressed sibling the client takes. */
static void pick_sibling(struct http_req *req, struct http_reply *ret, int dir, const char *rel, int *fd,
                         struct stat *sb)
{
    static const char *const codings[][2] = { { "br", ".br" }, { "gzip", ".gz" } };
    const char *accept = http_header(req, "Accept-Encoding");
    http_reply_header(ret, "Vary", "Accept-Encoding");
    for (unsigned i = 0; accept && i < 2; i++) {
        struct stat other;
        int other_fd;
        if (!header_accepts(accept, codings[i][0]) ||
            open_file(dir, arena_printf(req->arena, "%s%s", rel, codings[i][1]), &other_fd, &other, NULL))
            continue;
        if (other.st_mtime < sb->st_mtime) {
            (void)close(other_fd);
            continue;
        }
        (void)close(*fd);
        *fd = other_fd;
        *sb = other;
        http_reply_header(ret, "Content-Encoding", codings[i][0]);
        return;
    }
}

enum status http_static(struct http_req *req, struct http_reply *ret, struct err *err)
{
    const char *rel = "";
    for (unsigned i = 0; i < 4 && req->arg[i]; i++)
        rel = req->arg[i];
    if (!*rel)
        rel = "index.html";
    const char *root =
        *g_conf->static_dir ? g_conf->static_dir : arena_printf(req->arena, "%s/share/static", g_conf->var);
    FD_AUTO dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_field(err, ST_NOTFOUND, "no_such_path", "path", "the browser files are not installed");
    struct stat sb;
    int fd;
    enum status st = open_file(dir, rel, &fd, &sb, err);
    if (st == ST_NOTFOUND && is_page(req, dir, rel)) {
        rel = "index.html";
        st = open_file(dir, rel, &fd, &sb, err);
        http_reply_header(ret, "Vary", "Accept");
    }
    if (st)
        return st;
    ret->type = type_of(rel);
    pick_sibling(req, ret, dir, rel, &fd, &sb);
    ret->kind = REPLY_FD;
    ret->fd = fd;
    ret->fd_size = sb.st_size;
    ret->etag =
        arena_printf(req->arena, "%llx-%llx-%llx", (unsigned long long)sb.st_ino, (unsigned long long)sb.st_size,
                     (unsigned long long)sb.st_mtim.tv_sec * 1000000000ull + (unsigned long long)sb.st_mtim.tv_nsec);
    ret->cache = is_hashed(rel) ? "public, max-age=31536000, immutable" : "no-cache";
    return ST_OK;
}
