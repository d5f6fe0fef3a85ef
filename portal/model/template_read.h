/* Between the files of the template loader: the place being read, and small readers. */
#ifndef ATH_MODEL_TEMPLATE_READ_H
#define ATH_MODEL_TEMPLATE_READ_H

#include "json_in.h"
#include "template.h"

enum { TPL_LABEL_MAX = 200, TPL_TEXT_MAX = 1000, TPL_NAME_MAX = 40 };

struct tpl_reader {
    struct arena *a;
    struct template *t;
    struct err *err;
};

/* A zeroed array of n items (also for n == 0); NULL when the arena is full, then *ret_st is set. */
void *tpl_array(struct tpl_reader *r, size_t n, size_t size, enum status *ret_st);
/* "base/i" in out. */
void tpl_at(char *out, size_t cap, const char *base, size_t i);
/* "at/name: what" as ST_INVALID with that field. */
enum status tpl_fault(struct tpl_reader *r, const char *at, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Parses an expression whose names must be known() in this template; text NULL leaves *ret_e NULL. */
enum status tpl_expr(struct tpl_reader *r, const char *at, const char *name, const char *text,
                     bool (*known)(const void *t, const char *name), const struct expr **ret_e);
/* [a-z][a-z0-9_]{0,39}: what can be a name in expressions and, upper case, in the environment. */
bool tpl_name_ok(const char *s);
/* No free text: [A-Za-z0-9_.+-]{1,64}. */
bool tpl_word_ok(const char *s);

enum status tpl_params_read(struct tpl_reader *r, const json_t *params);
enum status tpl_presets_read(struct tpl_reader *r, const json_t *presets);

enum status tpl_inputs_read(struct tpl_reader *r, const json_t *list);
enum status tpl_stages_read(struct tpl_reader *r, const json_t *list);
enum status tpl_failures_read(struct tpl_reader *r, const json_t *list);
enum status tpl_citations_read(struct tpl_reader *r, const json_t *list);
enum status tpl_checkpoint_read(struct tpl_reader *r, const json_t *doc);
enum status tpl_sample_read(struct tpl_reader *r, const json_t *doc);
enum status tpl_results_read(struct tpl_reader *r, const json_t *doc);

/* Which names an expression may use: parameters and facts; and derived values. */
bool tpl_known_fact(const void *t, const char *name);
bool tpl_known_param(const void *t, const char *name);
bool tpl_known_all(const void *t, const char *name);

#endif
