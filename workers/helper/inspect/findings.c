#include "findings.h"

#include <stdarg.h>
#include <stdio.h>

struct finding *finding_add(struct findings *f, enum level level, const char *code, const char *why)
{
    if (f->n < FINDINGS_MAX)
        f->n++;
    struct finding *n = &f->v[f->n - 1];
    *n = (struct finding){ .level = level, .code = code, .why = why };
    return n;
}

void finding_where(struct finding *f, const char *where)
{
    if (f->nwhere < WHERE_MAX)
        (void)snprintf(f->where[f->nwhere++].text, sizeof f->where->text, "%s", where);
    f->count++;
}

void finding_residue(struct finding *f, const struct mol *m, uint32_t residue)
{
    char where[24];
    mol_where(m, residue, where, sizeof where);
    finding_where(f, where);
}

void finding_text(struct finding *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
}
