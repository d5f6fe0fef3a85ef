/* Trajectories: what there is, a topology to draw it with, and frames as plain float32.
 *
 * The file holds frames of natoms x,y,z in angstrom, little-endian float32, one after the other, so a frame is found by
 * multiplication and nothing is parsed. A subset may pick atoms by a file of uint32 indices. Frames are streamed in
 * pieces of PIECE_ATOMS, so memory grows neither with `count` nor with the atoms a job claims to have; one request
 * carries at most FRAMES_BYTES_MAX.
 * After the run has ended the bytes of a range never change: strong ETag, immutable.
 */
#include "run.h"

#include "../core/num.h"
#include "../core/str.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_BYTES_MAX (64 << 20)
#define ATOM_BYTES       12 /* x, y, z as float32 */
#define ATOMS_MAX        100000000
#define PIECE_ATOMS      4096
#define WINDOW_ATOMS     1024 /* read at once around a picked atom; picks are mostly neighbours */
#define CACHE_FOREVER    "private, max-age=31536000, immutable"

struct trajectory {
    struct run_head head;
    const json_t *item; /* of the result document */
    const char *sha256;
    int64_t natoms, nframes; /* nframes: whole frames really in the file */
    int64_t bytes;
    int fd; /* -1 when only described */
};

struct subset {
    const json_t *item; /* NULL when the trajectory names none */
    const char *name;
    int64_t natoms;
    int index_fd; /* when opened and the subset picks atoms, else -1 */
};

static const char *member_text(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static enum status trajectory_find(struct http_req *req, struct trajectory *ret_t, struct err *err)
{
    struct trajectory t = { .fd = -1 };
    const char *text, *file;
    json_t *item = NULL;
    enum status st;

    st = run_head_read(req, &t.head, err);
    if (!st)
        st = run_result_item(req, "trajectories", req->arg[1], &text, &t.sha256, err);
    if (!st)
        st = run_item_parse(req, text, &item, err);
    if (st)
        return st;
    t.item = item;
    t.natoms = json_integer_value(json_object_get(item, "natoms"));
    if (t.natoms < 1 || t.natoms > ATOMS_MAX)
        return err_set(err, ST_FATAL, "The stored result names an impossible number of atoms.");
    file = member_text(item, "file");
    st = run_file_open(&t.head, arena_printf(req->arena, "results/%s", file ? file : ""), &t.fd, &t.bytes, err);
    if (st)
        return st;
    t.nframes = t.bytes / (t.natoms * ATOM_BYTES);
    *ret_t = t;
    return ST_OK;
}

static bool read_at(int fd, void *out, size_t n, int64_t at)
{
    for (char *p = out; n;) {
        ssize_t got = pread(fd, p, n, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

/* The subset asked for, the first one by default; the file of its indices stays open when `open_index`. */
static enum status subset_find(struct http_req *req, const struct trajectory *t, bool open_index, struct subset *ret_s,
                               struct err *err)
{
    const char *want = http_query(req, "subset"), *file;
    const json_t *subsets = json_object_get(t->item, "subsets"), *item;
    struct subset s = { .name = "all", .natoms = t->natoms, .index_fd = -1 };
    int64_t size;
    enum status st;
    size_t i;
    int fd;

    json_array_foreach(subsets, i, item) if (!s.item && (!want || str_eq(member_text(item, "name"), want))) s.item =
        item;
    if (!s.item && want && !(str_eq(want, "all") && json_array_size(subsets) == 0))
        return err_field(err, ST_NOTFOUND, "no_such_subset", "subset", "The trajectory has no subset called \"%.80s\".",
                         want);
    if (s.item)
        s.name = member_text(s.item, "name");
    file = s.item ? member_text(s.item, "indices") : NULL;
    if (file) {
        st = run_file_open(&t->head, arena_printf(req->arena, "results/%s", file), &fd, &size, err);
        if (st)
            return st;
        s.natoms = size / (int64_t)sizeof(uint32_t);
        if (s.natoms < 1 || s.natoms > t->natoms) {
            close(fd);
            return err_set(err, ST_FATAL, "The atom list of the subset does not fit the trajectory.");
        }
        if (open_index)
            s.index_fd = fd;
        else
            close(fd);
    }
    *ret_s = s;
    return ST_OK;
}

/* Said before the first byte goes out; the frames look again, as the file is the job's. */
static enum status subset_check(const struct trajectory *t, const struct subset *s, struct err *err)
{
    uint32_t index[PIECE_ATOMS] = { 0 };

    for (int64_t at = 0; s->index_fd >= 0 && at < s->natoms;) {
        size_t n = s->natoms - at < PIECE_ATOMS ? (size_t)(s->natoms - at) : PIECE_ATOMS;

        if (!read_at(s->index_fd, index, n * sizeof *index, at * (int64_t)sizeof *index))
            return err_set(err, ST_FATAL, "The atom list of the subset cannot be read.");
        for (size_t k = 0; k < n; k++)
            if (le32toh(index[k]) >= t->natoms)
                return err_set(err, ST_FATAL, "The atom list of the subset names atoms that do not exist.");
        at += (int64_t)n;
    }
    return ST_OK;
}

/* --- description ---------------------------------------------------------------------- */

enum status api_trajectory_get(struct http_req *req, struct http_reply *ret, struct err *err)
{
    struct trajectory t;
    const json_t *subset;
    struct jsonw w;
    enum status st;
    size_t i;

    st = trajectory_find(req, &t, err);
    if (st)
        return st;
    close(t.fd);
    api_json_begin(ret, 200, &w);
    jsonw_obj(&w);
    jsonw_kstr(&w, "name", member_text(t.item, "name"));
    jsonw_kstr(&w, "label", member_text(t.item, "label"));
    jsonw_ki64(&w, "natoms", t.natoms);
    jsonw_ki64(&w, "nframes", t.nframes);
    jsonw_kdouble(&w, "dt_ps", json_number_value(json_object_get(t.item, "dt_ps")));
    jsonw_kdouble(&w, "t0_ps", json_number_value(json_object_get(t.item, "t0_ps")));
    jsonw_kstr(&w, "unit", "angstrom");
    jsonw_ki64(&w, "bytes_max", FRAMES_BYTES_MAX);
    jsonw_key(&w, "subsets");
    jsonw_arr(&w);
    json_array_foreach(json_object_get(t.item, "subsets"), i, subset)
    {
        jsonw_obj(&w);
        jsonw_kstr(&w, "name", member_text(subset, "name"));
        jsonw_kstr(&w, "label", member_text(subset, "label"));
        jsonw_kbool(&w, "topology", member_text(subset, "topology") != NULL);
        jsonw_kbool(&w, "all_atoms", member_text(subset, "indices") == NULL);
        jsonw_obj_end(&w);
    }
    jsonw_arr_end(&w);
    jsonw_kstr(&w, "raw", member_text(t.item, "raw"));
    jsonw_kstr(&w, "etag", t.sha256);
    jsonw_obj_end(&w);
    ret->etag = arena_printf(req->arena, "%.32s-%s-%lld", t.sha256, req->arg[1], (long long)t.nframes);
    return api_json_end(ret, err);
}

enum status api_trajectory_topology(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "subset", NULL };
    struct trajectory t;
    struct subset s;
    const char *file;
    int64_t size;
    enum status st;
    int fd;

    st = http_query_only(req, known, err);
    if (!st)
        st = trajectory_find(req, &t, err);
    if (st)
        return st;
    close(t.fd);
    st = subset_find(req, &t, false, &s, err);
    if (st)
        return st;
    file = s.item ? member_text(s.item, "topology") : NULL;
    if (!file)
        return err_field(err, ST_NOTFOUND, "no_topology", "subset", "The subset \"%s\" has no topology.", s.name);
    st = run_file_open(&t.head, arena_printf(req->arena, "results/%s", file), &fd, &size, err);
    if (st)
        return st;
    ret->kind = REPLY_FD;
    ret->fd = fd;
    ret->fd_size = size;
    ret->type = run_file_type(file);
    ret->etag = run_file_etag(req, fd, size);
    return ST_OK;
}

/* --- frames ------------------------------------------------------------------------------ */

struct frames {
    int fd, index_fd;
    int64_t natoms; /* of the file */
    int64_t atoms;  /* of the subset */
    int64_t frame, stride, left;
    int64_t atom;         /* of the subset: the next one of this frame */
    size_t n_out, at_out; /* of ready */
    int64_t seen, n_seen; /* atoms of this frame that window holds */
    uint32_t index[PIECE_ATOMS];
    char ready[PIECE_ATOMS * ATOM_BYTES];
    char window[WINDOW_ATOMS * ATOM_BYTES];
};

static void frames_free(void *p)
{
    struct frames *f = p;

    if (!f)
        return;
    close(f->fd);
    if (f->index_fd >= 0)
        close(f->index_fd);
    free(f);
}

static bool atoms_read(struct frames *f, int64_t atom, size_t n, char *out)
{
    return read_at(f->fd, out, n * ATOM_BYTES, (f->frame * f->natoms + atom) * ATOM_BYTES);
}

/* One picked atom into `out`, through the window. */
static bool atom_pick(struct frames *f, int64_t atom, char *out)
{
    if (atom >= f->natoms)
        return false;
    if (atom < f->seen || atom >= f->seen + f->n_seen) {
        f->seen = atom;
        f->n_seen = f->natoms - atom < WINDOW_ATOMS ? f->natoms - atom : WINDOW_ATOMS;
        if (!atoms_read(f, atom, (size_t)f->n_seen, f->window))
            return false;
    }
    memcpy(out, f->window + (atom - f->seen) * ATOM_BYTES, ATOM_BYTES);
    return true;
}

/* Fills `ready` with the next atoms. false: a file is shorter than it was, or cannot be read. */
static bool piece_next(struct frames *f)
{
    size_t n = f->atoms - f->atom < PIECE_ATOMS ? (size_t)(f->atoms - f->atom) : PIECE_ATOMS;

    if (f->index_fd < 0) {
        if (!atoms_read(f, f->atom, n, f->ready))
            return false;
    } else {
        if (!read_at(f->index_fd, f->index, n * sizeof *f->index, f->atom * (int64_t)sizeof *f->index))
            return false;
        for (size_t k = 0; k < n; k++)
            if (!atom_pick(f, le32toh(f->index[k]), f->ready + k * ATOM_BYTES))
                return false;
    }
    f->n_out = n * ATOM_BYTES;
    f->at_out = 0;
    f->atom += (int64_t)n;
    if (f->atom == f->atoms) {
        f->atom = f->n_seen = 0;
        f->frame += f->stride;
        f->left--;
    }
    return true;
}

static ssize_t frames_pull(void *ctx, char *out, size_t cap)
{
    struct frames *f = ctx;
    size_t done = 0;

    while (done < cap) {
        size_t n = f->n_out - f->at_out;

        if (n == 0) {
            if (f->left == 0)
                break;
            if (!piece_next(f))
                return -1;
            continue;
        }
        if (n > cap - done)
            n = cap - done;
        memcpy(out + done, f->ready + f->at_out, n);
        f->at_out += n;
        done += n;
    }
    return (ssize_t)done;
}

/* start, stride and count against what there is; *ret_count is how many frames will be sent. */
static enum status frames_range(struct http_req *req, const struct trajectory *t, const struct subset *s,
                                int64_t *ret_start, int64_t *ret_stride, int64_t *ret_count, struct err *err)
{
    int64_t start, stride, count, there, most = FRAMES_BYTES_MAX / (s->natoms * ATOM_BYTES);
    enum status st;

    st = http_query_i64(req, "start", 0, 0, INT64_MAX / 2, &start, err);
    if (!st)
        st = http_query_i64(req, "stride", 1, 1, 1000000000, &stride, err);
    if (!st)
        st = http_query_i64(req, "count", 1, 1, 1000000000, &count, err);
    if (st)
        return st;
    if (start >= t->nframes)
        return err_field(err, ST_INVALID, "out_of_range", "start",
                         "The trajectory has %lld frames; start counts from 0.", (long long)t->nframes);
    there = (t->nframes - start + stride - 1) / stride;
    if (count > there)
        count = there;
    if (count > most) {
        err_field(err, ST_TOOBIG, "too_many_frames", "count", "One request carries at most %d MiB, here %lld frames.",
                  FRAMES_BYTES_MAX >> 20, (long long)most);
        return err_hint(err, "Ask for fewer frames at a time, or for a smaller subset.");
    }
    *ret_start = start;
    *ret_stride = stride;
    *ret_count = count;
    return ST_OK;
}

enum status api_trajectory_frames(struct http_req *req, struct http_reply *ret, struct err *err)
{
    static const char *const known[] = { "subset", "start", "count", "stride", NULL };
    struct trajectory t;
    struct subset s = { .index_fd = -1 };
    struct frames *f;
    int64_t start = 0, stride = 1, count = 0;
    enum status st;

    st = http_query_only(req, known, err);
    if (!st)
        st = trajectory_find(req, &t, err);
    if (st)
        return st;
    st = subset_find(req, &t, true, &s, err);
    if (!st)
        st = frames_range(req, &t, &s, &start, &stride, &count, err);
    if (!st)
        st = subset_check(&t, &s, err);
    f = st ? NULL : malloc(sizeof *f);
    if (!f) {
        if (!st)
            st = err_set(err, ST_FATAL, "There is not enough memory for frames.");
        if (s.index_fd >= 0)
            close(s.index_fd);
        close(t.fd);
        return st;
    }
    f->fd = t.fd;
    f->index_fd = s.index_fd;
    f->natoms = t.natoms;
    f->atoms = s.natoms;
    f->frame = start;
    f->stride = stride;
    f->left = count;
    f->atom = f->seen = f->n_seen = 0;
    f->n_out = f->at_out = 0;
    ret->kind = REPLY_PULL;
    ret->pull = frames_pull;
    ret->pull_free = frames_free;
    ret->pull_ctx = f;
    ret->type = "application/octet-stream";
    ret->negotiate_none = true;
    http_reply_header(ret, "X-Atoms", arena_printf(req->arena, "%lld", (long long)s.natoms));
    http_reply_header(ret, "X-Frames", arena_printf(req->arena, "%lld", (long long)count));
    http_reply_header(ret, "X-Frames-Total", arena_printf(req->arena, "%lld", (long long)t.nframes));
    if (t.head.ended) {
        ret->etag = run_part_etag(req, t.sha256, "%s %s %lld %lld %lld", req->arg[1], s.name, (long long)start,
                                  (long long)count, (long long)stride);
        ret->cache = CACHE_FOREVER;
    }
    return ST_OK;
}
