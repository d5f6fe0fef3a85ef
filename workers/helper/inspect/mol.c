#include "mol.h"
#include "text.h"

#include "../../../portal/core/str.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS_MAX 20000
/* Ten micrometres: no molecule is there, so it is a misread or damaged number. */
#define COORDINATE_MAX 1e5

void mol_init(struct mol *m, const struct inspect_limits *lim, const char *format)
{
    memset(m, 0, sizeof *m);
    m->lim = lim;
    m->format = format;
    m->residues_known = true;
}

void mol_free(struct mol *m)
{
    free(m->atoms);
    free(m->residues);
    free(m->chains);
    m->atoms = NULL;
    m->residues = NULL;
    m->chains = NULL;
}

static bool grow(void **p, uint32_t *cap, uint32_t need, size_t size)
{
    if (need <= *cap)
        return true;
    uint32_t to = *cap ? *cap + *cap / 2 + 1 : 256;
    void *q = realloc(*p, (size_t)to * size);
    if (!q)
        return false;
    *p = q;
    *cap = to;
    return true;
}

static enum status refuse_memory(struct err *err)
{
    return err_field(err, ST_TOOBIG, "too_large", NULL, "the structure needs more memory than inspection may use");
}

enum status refuse_coordinates(struct err *err, uint64_t line, const char *field, size_t n)
{
    char shown[24];
    (void)utf8_sanitize(field, n > 20 ? 20 : n, shown, sizeof shown);
    (void)err_field(err, ST_INVALID, "bad_coordinates", NULL, "line %llu: \"%s\" is not a coordinate",
                    (unsigned long long)line, shown);
    return err_hint(err,
                    "A program that failed may have written this file; look at that line and make the file again.");
}

enum status refuse_truncated(struct err *err, const char *fmt, ...)
{
    char what[256];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    (void)err_field(err, ST_INVALID, "truncated", NULL, "the file is cut short: %s", what);
    return err_hint(err, "Upload it again; compare its size with the original.");
}

enum status refuse_line(struct err *err, uint64_t line, const char *what)
{
    return err_field(err, ST_INVALID, "malformed", NULL, "line %llu: %s", (unsigned long long)line, what);
}

uint32_t mol_chain(struct mol *m, const char *id, struct err *err)
{
    struct chain fresh = { 0 };
    text_copy(id, strlen(id), fresh.id, sizeof fresh.id);
    for (uint32_t i = m->nchains; i-- > 0;) {
        if (strcmp(m->chains[i].id, fresh.id) == 0 && !m->chains[i].closed)
            return i;
    }
    if (m->nchains >= CHAINS_MAX) {
        (void)err_field(err, ST_TOOBIG, "too_many_chains", NULL, "the file has more than %d chains", CHAINS_MAX);
        return UINT32_MAX;
    }
    if (!grow((void **)&m->chains, &m->cap_chains, m->nchains + 1, sizeof *m->chains)) {
        (void)refuse_memory(err);
        return UINT32_MAX;
    }
    m->chains[m->nchains] = fresh;
    return m->nchains++;
}

static bool is_next_water(const struct mol *m, const struct residue *open, const struct place *p)
{
    if (!p->atom || !open->count || strncmp(m->atoms[open->first].name, p->atom, sizeof m->atoms->name - 1) != 0)
        return false;
    const struct res_info *info = res_find(open->name);
    return info && info->kind == RES_WATER;
}

enum status mol_residue(struct mol *m, const struct place *p, struct err *err)
{
    struct residue *open = m->nresidues ? &m->residues[m->nresidues - 1] : NULL;
    if (open && open->seq == p->seq && open->icode == p->icode && !m->chains[open->chain].closed &&
        strncmp(m->chains[open->chain].id, p->chain, sizeof m->chains->id - 1) == 0 &&
        (open->altloc || strncmp(open->name, p->res, sizeof open->name - 1) == 0) && !is_next_water(m, open, p))
        return ST_OK;
    struct residue r = { .icode = p->icode, .seq = p->seq, .first = m->natoms };
    r.chain = mol_chain(m, p->chain, err);
    if (r.chain == UINT32_MAX)
        return ST_TOOBIG;
    text_copy(p->res, strlen(p->res), r.name, sizeof r.name);
    if (!grow((void **)&m->residues, &m->cap_residues, m->nresidues + 1, sizeof *m->residues))
        return refuse_memory(err);
    m->residues[m->nresidues++] = r;
    return ST_OK;
}

enum status mol_atom(struct mol *m, const char *name, unsigned element, const double xyz[3], unsigned flags,
                     uint64_t line, struct err *err)
{
    for (int i = 0; i < 3; i++) {
        if (!(fabs(xyz[i]) <= COORDINATE_MAX))
            return err_field(err, ST_INVALID, "bad_coordinates", NULL, "line %llu: the coordinate %g is out of reason",
                             (unsigned long long)line, xyz[i]);
    }
    if (m->natoms >= m->lim->atoms) {
        (void)err_field(err, ST_TOOBIG, "too_many_atoms", NULL, "the structure has more than %llu atoms",
                        (unsigned long long)m->lim->atoms);
        return err_hint(err, "Leave out water, or upload a part of the system.");
    }
    if (m->nresidues == 0) {
        enum status st = mol_residue(m, &(struct place){ .chain = "", .res = "" }, err);
        if (st)
            return st;
    }
    if (!grow((void **)&m->atoms, &m->cap_atoms, m->natoms + 1, sizeof *m->atoms))
        return refuse_memory(err);
    struct atom *a = &m->atoms[m->natoms++];
    *a = (struct atom){ .x = (float)xyz[0],
                        .y = (float)xyz[1],
                        .z = (float)xyz[2],
                        .res = m->nresidues - 1,
                        .element = (uint8_t)element,
                        .flags = (uint8_t)flags };
    text_copy(name, strlen(name), a->name, sizeof a->name);
    m->residues[a->res].count++;
    return ST_OK;
}

void mol_missing(struct mol *m, const char *chain, int64_t seq)
{
    if (m->nmissing < NOTES_MAX)
        (void)snprintf(m->missing[m->nmissing].text, sizeof m->missing->text, "%.4s:%lld", chain, (long long)seq);
    m->nmissing++;
}

void mol_where(const struct mol *m, uint32_t residue, char *out, size_t cap)
{
    const struct residue *r = &m->residues[residue];
    char icode[2] = { r->icode, '\0' };
    const char *id = m->chains[r->chain].id;
    (void)snprintf(out, cap, "%s%s%d%s", id, id[0] ? ":" : "", r->seq, icode);
}

void mol_box_vectors(struct mol *m, const double v[9])
{
    double len[3];
    for (int i = 0; i < 3; i++)
        len[i] = sqrt(v[3 * i] * v[3 * i] + v[3 * i + 1] * v[3 * i + 1] + v[3 * i + 2] * v[3 * i + 2]);
    if (!(len[0] > 0 && len[1] > 0 && len[2] > 0))
        return;
    for (int i = 0; i < 3; i++) {
        const double *p = v + 3 * ((i + 1) % 3), *q = v + 3 * ((i + 2) % 3);
        double c = (p[0] * q[0] + p[1] * q[1] + p[2] * q[2]) / (len[(i + 1) % 3] * len[(i + 2) % 3]);
        m->box[i] = len[i];
        m->box[3 + i] = acos(c > 1 ? 1 : c < -1 ? -1 : c) * 180 / M_PI;
    }
    m->has_box = true;
}
