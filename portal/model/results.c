/* results.json, checked and made regular.
 *
 * Each list has a reader for one item: the known keys are copied into a fresh
 * object by declared rows (what is unknown is left behind and counted), then
 * what rows cannot say is checked: unique names, safe paths, shapes of tables.
 * The fresh objects share their leaves with the document read; both are dropped
 * by reference count.
 */
#include "results.h"

#include "json_in.h"
#include "relpath.h"

#include "../core/str.h"

#include <stdio.h>
#include <string.h>

enum {
    NAME_MAX_CHARS = 64,
    LABEL_MAX_CHARS = 200,
    PATH_MAX_CHARS = 512,
    TEXT_MAX_CHARS = 20000,
    CELL_MAX_CHARS = 500,
    COLUMNS_MAX = 64,
    TABLE_ROWS_MAX = 10000,
};
#define NUMBER_MAX 1e300
#define COUNT_MAX  1000000000

struct reader {
    struct err *err;
    size_t dropped; /* unknown keys left behind */
};

typedef enum status item_reader(struct reader *r, const json_t *item, const char *at, json_t **ret_item);

static enum status fault(struct reader *r, const char *at, const char *name, const char *code, const char *what)
{
    char field[96];

    (void)snprintf(field, sizeof field, "%s", at);
    if (name)
        json_pointer_add(field, sizeof field, name, strlen(name));
    return err_field(r->err, ST_INVALID, code, field, "%s %s", field, what);
}

/* A copy of the known keys, checked by the rows. */
static enum status known_take(struct reader *r, const json_t *src, const char *at, const struct json_row *rows,
                              size_t n, json_t **ret_copy)
{
    json_auto_t *copy = json_object();

    *ret_copy = NULL;
    if (!json_is_object(src))
        return fault(r, at, NULL, "wrong_type", "must be an object");
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_object_get(src, rows[i].name);
        if (v)
            (void)json_object_set(copy, rows[i].name, v);
    }
    r->dropped += json_object_size(src) - json_object_size(copy);
    enum status st = json_take(copy, at, rows, n, r->err);
    if (st == ST_OK)
        *ret_copy = json_incref(copy);
    return st;
}

static void default_set(json_t *o, const char *key, json_t *value)
{
    if (json_object_get(o, key))
        json_decref(value);
    else
        (void)json_object_set_new(o, key, value);
}

static enum status name_check(struct reader *r, const char *at, const char *name)
{
    return str_is_slug(name, NAME_MAX_CHARS)
               ? ST_OK
               : fault(r, at, "name", "bad_name", "must be 1 to 64 of a-z, 0-9, _ and -, beginning with a letter");
}

static enum status path_check(struct reader *r, const char *at, const char *key, const char *path)
{
    return !path || relpath_ok(path) ? ST_OK
                                     : fault(r, at, key, "bad_path", "must be a relative path that stays inside");
}

static enum status summary_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    const char *name = NULL;
    json_t *value = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_ANY("value", JF_REQUIRED, &value),
        JSON_ROW_DOUBLE("error", JF_NULL, 0, NUMBER_MAX, NULL),
        JSON_ROW_STR("unit", 0, 0, 40, NULL),
        JSON_ROW_I64("digits", JF_NULL, 0, 15, NULL),
        JSON_ROW_STR("note", JF_LINES, 0, 1000, NULL),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st != ST_OK)
        return st;
    bool word = json_is_string(value) && json_string_length(value) <= LABEL_MAX_CHARS;
    if (!json_is_number(value) && !word && !json_is_null(value))
        return fault(r, at, "value", "wrong_type", "must be a number, a short text or null");
    default_set(*ret_item, "error", json_null());
    default_set(*ret_item, "unit", json_string(""));
    default_set(*ret_item, "digits", json_null());
    default_set(*ret_item, "note", json_string(""));
    return name_check(r, at, name);
}

static enum status axis_read(struct reader *r, json_t *item, const char *at, const char *key)
{
    char sub[96];
    json_auto_t *axis = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_STR("unit", 0, 0, 40, NULL),
    };

    (void)snprintf(sub, sizeof sub, "%s/%s", at, key);
    enum status st = known_take(r, json_object_get(item, key), sub, rows, 2, &axis);
    if (st != ST_OK)
        return st;
    default_set(axis, "unit", json_string(""));
    (void)json_object_set(item, key, axis);
    return ST_OK;
}

static enum status series_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    const char *name = NULL, *file = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_OBJ("x", JF_REQUIRED, NULL),
        JSON_ROW_OBJ("y", JF_REQUIRED, NULL),
        JSON_ROW_STR("stage", 0, 0, NAME_MAX_CHARS, NULL),
        JSON_ROW_STR("file", JF_REQUIRED, 1, PATH_MAX_CHARS, &file),
        JSON_ROW_I64("points", JF_REQUIRED, 0, COUNT_MAX, NULL),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st == ST_OK)
        st = name_check(r, at, name);
    if (st == ST_OK)
        st = path_check(r, at, "file", file);
    if (st == ST_OK)
        st = axis_read(r, *ret_item, at, "x");
    if (st == ST_OK)
        st = axis_read(r, *ret_item, at, "y");
    if (st == ST_OK)
        default_set(*ret_item, "stage", json_string(""));
    return st;
}

static enum status column_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    static const char *const types[] = { "int", "float", "text", NULL };
    const char *name = NULL, *type = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_STR("unit", 0, 0, 40, NULL),
        JSON_ROW_WORD("type", JF_REQUIRED, types, &type),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st != ST_OK)
        return st;
    default_set(*ret_item, "unit", json_string(""));
    return name_check(r, at, name);
}

static bool cell_ok(const char *type, const json_t *v)
{
    if (json_is_null(v))
        return true;
    if (str_eq(type, "int"))
        return json_is_integer(v);
    if (str_eq(type, "float"))
        return json_is_number(v);
    return json_is_string(v) && json_string_length(v) <= CELL_MAX_CHARS;
}

static enum status cells_check(struct reader *r, const char *at, const json_t *columns, const json_t *rows)
{
    size_t n = json_array_size(columns);
    char sub[96], index[24];

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        (void)snprintf(sub, sizeof sub, "%s/rows/%zu", at, i);
        if (!json_is_array(row) || json_array_size(row) != n)
            return fault(r, sub, NULL, "wrong_shape", "must have one cell a column");
        for (size_t k = 0; k < n; k++) {
            const char *type = json_string_value(json_object_get(json_array_get(columns, k), "type"));
            (void)snprintf(index, sizeof index, "%zu", k);
            if (!cell_ok(type, json_array_get(row, k)))
                return fault(r, sub, index, "wrong_type", "does not fit the column's type");
        }
    }
    return ST_OK;
}

static enum status list_read(struct reader *r, const char *at, const json_t *list, item_reader *read,
                             const char *unique, json_t **ret_list);

static enum status table_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    const char *name = NULL;
    char sub[96];
    json_t *columns = NULL, *cells = NULL;
    json_auto_t *made = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_ARR("columns", JF_REQUIRED, 1, COLUMNS_MAX, &columns),
        JSON_ROW_ARR("rows", JF_REQUIRED, 0, TABLE_ROWS_MAX, &cells),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st == ST_OK)
        st = name_check(r, at, name);
    if (st != ST_OK)
        return st;
    (void)snprintf(sub, sizeof sub, "%s/columns", at);
    st = list_read(r, sub, columns, column_read, "name", &made);
    if (st == ST_OK)
        st = cells_check(r, at, made, cells);
    if (st == ST_OK)
        (void)json_object_set(*ret_item, "columns", made);
    return st;
}

static enum status structure_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    const char *name = NULL, *file = NULL, *format = "";
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_STR("file", JF_REQUIRED, 1, PATH_MAX_CHARS, &file),
        JSON_ROW_STR("format", JF_REQUIRED, 1, 20, &format),
        JSON_ROW_I64("atoms", JF_REQUIRED, 0, COUNT_MAX, NULL),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st == ST_OK)
        st = name_check(r, at, name);
    if (st == ST_OK && !str_is_slug(format, 20))
        st = fault(r, at, "format", "bad_name", "must be a short lower-case name");
    return st == ST_OK ? path_check(r, at, "file", file) : st;
}

static enum status subset_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    const char *name = NULL, *topology = NULL, *indices = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_STR("topology", JF_REQUIRED, 1, PATH_MAX_CHARS, &topology),
        JSON_ROW_STR("indices", JF_NULL, 1, PATH_MAX_CHARS, &indices),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st == ST_OK)
        st = name_check(r, at, name);
    if (st == ST_OK)
        st = path_check(r, at, "topology", topology);
    if (st == ST_OK)
        st = path_check(r, at, "indices", indices);
    if (st == ST_OK)
        default_set(*ret_item, "indices", json_null());
    return st;
}

static enum status trajectory_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    const char *name = NULL, *file = NULL, *raw = NULL;
    char sub[96];
    json_t *subsets = NULL;
    json_auto_t *made = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("name", JF_REQUIRED, 1, NAME_MAX_CHARS, &name),
        JSON_ROW_STR("label", JF_REQUIRED, 1, LABEL_MAX_CHARS, NULL),
        JSON_ROW_I64("natoms", JF_REQUIRED, 1, 100000000, NULL),
        JSON_ROW_I64("nframes", JF_REQUIRED, 0, 100000000, NULL),
        JSON_ROW_DOUBLE("dt_ps", JF_REQUIRED, 0, NUMBER_MAX, NULL),
        JSON_ROW_DOUBLE("t0_ps", 0, -NUMBER_MAX, NUMBER_MAX, NULL),
        JSON_ROW_STR("file", JF_REQUIRED, 1, PATH_MAX_CHARS, &file),
        JSON_ROW_ARR("subsets", JF_REQUIRED, 1, 16, &subsets),
        JSON_ROW_STR("raw", JF_NULL, 1, PATH_MAX_CHARS, &raw),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st == ST_OK)
        st = name_check(r, at, name);
    if (st == ST_OK)
        st = path_check(r, at, "file", file);
    if (st == ST_OK)
        st = path_check(r, at, "raw", raw);
    if (st != ST_OK)
        return st;
    (void)snprintf(sub, sizeof sub, "%s/subsets", at);
    st = list_read(r, sub, subsets, subset_read, "name", &made);
    if (st != ST_OK)
        return st;
    (void)json_object_set(*ret_item, "subsets", made);
    default_set(*ret_item, "t0_ps", json_real(0));
    default_set(*ret_item, "raw", json_null());
    return ST_OK;
}

static enum status file_entry_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    static const char *const kinds[] = { "structure", "log", "trajectory", "table", "other", NULL };
    const char *path = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("path", JF_REQUIRED, 1, PATH_MAX_CHARS, &path),
        JSON_ROW_STR("label", 0, 0, LABEL_MAX_CHARS, NULL),
        JSON_ROW_I64("bytes", JF_NULL, 0, INT64_MAX, NULL),
        JSON_ROW_WORD("kind", 0, kinds, NULL),
    };
    enum status st = known_take(r, item, at, rows, sizeof rows / sizeof *rows, ret_item);

    if (st == ST_OK)
        st = path_check(r, at, "path", path);
    if (st != ST_OK)
        return st;
    default_set(*ret_item, "label", json_string(path));
    default_set(*ret_item, "bytes", json_null());
    default_set(*ret_item, "kind", json_string("other"));
    return ST_OK;
}

static enum status citation_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    const struct json_row rows[] = {
        JSON_ROW_STR("key", JF_REQUIRED, 1, NAME_MAX_CHARS, NULL),
        JSON_ROW_STR("text", JF_REQUIRED, 1, 2000, NULL),
        JSON_ROW_STR("doi", JF_NULL, 0, LABEL_MAX_CHARS, NULL),
    };
    enum status st = known_take(r, item, at, rows, 3, ret_item);

    if (st == ST_OK)
        default_set(*ret_item, "doi", json_string(""));
    return st;
}

static enum status text_read(struct reader *r, const json_t *item, const char *at, json_t **ret_item)
{
    *ret_item = NULL;
    if (!json_is_string(item) || json_string_length(item) > 4000)
        return fault(r, at, NULL, "wrong_type", "must be a text of at most 4000 bytes");
    *ret_item = json_incref((json_t *)(uintptr_t)item);
    return ST_OK;
}

/* Has one of the first n items of the list this value under key? Names are few; a plain search is enough. */
static bool seen(const json_t *list, const char *key, const json_t *item)
{
    const json_t *value = json_object_get(item, key);

    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_object_get(json_array_get(list, i), key), value))
            return true;
    return false;
}

static enum status list_read(struct reader *r, const char *at, const json_t *list, item_reader *read,
                             const char *unique, json_t **ret_list)
{
    json_auto_t *made = json_array();
    char sub[96];

    *ret_list = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_auto_t *item = NULL;
        (void)snprintf(sub, sizeof sub, "%s/%zu", at, i);
        enum status st = read(r, json_array_get(list, i), sub, &item);
        if (st == ST_OK && unique && seen(made, unique, item))
            st = fault(r, sub, unique, "duplicate_name", "occurs twice");
        if (st != ST_OK)
            return st;
        (void)json_array_append(made, item);
    }
    *ret_list = json_incref(made);
    return ST_OK;
}

static const struct {
    const char *name;
    item_reader *read;
    const char *unique;
    int64_t max;
} g_lists[] = {
    { "summary", summary_read, "name", 200 },       { "series", series_read, "name", 64 },
    { "tables", table_read, "name", 32 },           { "structures", structure_read, "name", 32 },
    { "trajectories", trajectory_read, "name", 8 }, { "files", file_entry_read, "path", 1000 },
    { "citations", citation_read, "key", 100 },     { "warnings", text_read, NULL, 200 },
};
enum { LISTS = sizeof g_lists / sizeof *g_lists, TOP_MAX = LISTS + 5 };

static enum status hashes_check(struct reader *r, const json_t *inputs)
{
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)(uintptr_t)inputs, key, v)
    {
        if (!json_is_string(v) || json_string_length(v) != 64)
            return fault(r, "/provenance/inputs", key, "wrong_type", "must be a SHA-256 in hex");
    }
    return ST_OK;
}

static enum status provenance_read(struct reader *r, const json_t *src, json_t **ret_item)
{
    static const struct {
        const char *name;
        int64_t max;
    } lists[] = { { "modules", 50 }, { "commands", 200 } };
    json_t *list[2] = { NULL, NULL }, *inputs = NULL;
    const struct json_row rows[] = {
        JSON_ROW_STR("engine", 0, 0, LABEL_MAX_CHARS, NULL),
        JSON_ROW_ARR(lists[0].name, 0, 0, lists[0].max, &list[0]),
        JSON_ROW_STR("host", 0, 0, LABEL_MAX_CHARS, NULL),
        JSON_ROW_ARR(lists[1].name, 0, 0, lists[1].max, &list[1]),
        JSON_ROW_I64("seed", JF_NULL, INT64_MIN, INT64_MAX, NULL),
        JSON_ROW_OBJ("inputs", 0, &inputs),
    };
    enum status st = known_take(r, src, "/provenance", rows, sizeof rows / sizeof *rows, ret_item);

    for (size_t i = 0; i < 2 && st == ST_OK; i++) {
        char at[96];
        json_auto_t *made = NULL;
        (void)snprintf(at, sizeof at, "/provenance/%s", lists[i].name);
        st = list_read(r, at, list[i], text_read, NULL, &made);
        if (st == ST_OK)
            (void)json_object_set(*ret_item, lists[i].name, made);
    }
    if (st != ST_OK)
        return st;
    default_set(*ret_item, "engine", json_string(""));
    default_set(*ret_item, "host", json_string(""));
    default_set(*ret_item, "seed", json_null());
    default_set(*ret_item, "inputs", json_object());
    return hashes_check(r, inputs);
}

static enum status document_read(struct reader *r, const json_t *src, json_t **ret_doc)
{
    int64_t version;
    json_t *list[LISTS] = { NULL }, *provenance = NULL;
    struct json_row rows[TOP_MAX] = {
        JSON_ROW_I64("version", JF_REQUIRED, 1, 1, &version),
        JSON_ROW_STR("template", JF_REQUIRED, 1, NAME_MAX_CHARS, NULL),
        JSON_ROW_STR("title", 0, 0, LABEL_MAX_CHARS, NULL),
        JSON_ROW_STR("methods", JF_LINES, 0, TEXT_MAX_CHARS, NULL),
        JSON_ROW_OBJ("provenance", 0, &provenance),
    };

    for (size_t i = 0; i < LISTS; i++)
        rows[5 + i] = (struct json_row)JSON_ROW_ARR(g_lists[i].name, 0, 0, g_lists[i].max, &list[i]);
    enum status st = known_take(r, src, "", rows, TOP_MAX, ret_doc);
    for (size_t i = 0; i < LISTS && st == ST_OK; i++) {
        char at[32];
        json_auto_t *made = NULL;
        (void)snprintf(at, sizeof at, "/%s", g_lists[i].name);
        st = list_read(r, at, list[i], g_lists[i].read, g_lists[i].unique, &made);
        if (st == ST_OK)
            (void)json_object_set(*ret_doc, g_lists[i].name, made);
    }
    if (st != ST_OK)
        return st;
    json_auto_t *nothing = json_object(), *made = NULL;
    st = provenance_read(r, provenance ? provenance : nothing, &made);
    if (st == ST_OK) {
        (void)json_object_set(*ret_doc, "provenance", made);
        default_set(*ret_doc, "title", json_string(""));
        default_set(*ret_doc, "methods", json_string(""));
    }
    return st;
}

enum status results_validate(const char *text, size_t n, size_t max, json_t **ret_doc, struct err *err)
{
    struct reader r = { .err = err };
    json_auto_t *src = NULL, *doc = NULL;
    enum status st = json_read(text, n, max, &src, err);

    *ret_doc = NULL;
    if (st == ST_OK)
        st = document_read(&r, src, &doc);
    if (st != ST_OK)
        return st;
    if (r.dropped)
        (void)json_array_append_new(json_object_get(doc, "warnings"),
                                    json_sprintf("%zu unknown keys of results.json were left out", r.dropped));
    *ret_doc = json_incref(doc);
    return ST_OK;
}
