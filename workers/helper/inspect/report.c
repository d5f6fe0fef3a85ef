/* Facts and findings as JSON. Names from the file are data: the writer escapes and replaces what is not text. */
#include "report.h"

#include "../../../portal/core/jsonw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What people can read and a page can show; the rest is counted only. */
#define LIGANDS_MAX  100
#define CHAINS_SHOWN 500
#define SEQUENCE_MAX 20000

/* Hill order: C, H, then by letter; without carbon all by letter. */
static void write_formula(struct jsonw *w, const struct facts *x)
{
    char text[512] = "";
    size_t n = 0;
    bool done[ELEMENT_MAX + 1] = { 0 };
    for (;;) {
        unsigned best = 0;
        if (x->by_element[6] && !done[6])
            best = 6;
        else if (x->by_element[6] && x->by_element[1] && !done[1])
            best = 1;
        for (unsigned z = 1; z <= ELEMENT_MAX && best != 6 && !(best == 1 && x->by_element[6]); z++) {
            if (x->by_element[z] && !done[z] && (!best || strcmp(element_symbol(z), element_symbol(best)) < 0))
                best = z;
        }
        if (!best)
            break;
        done[best] = true;
        if (n + 16 < sizeof text)
            n += (size_t)snprintf(text + n, sizeof text - n, x->by_element[best] > 1 ? "%s%u" : "%s",
                                  element_symbol(best), x->by_element[best]);
    }
    jsonw_kstr(w, "formula", text);
}

static void write_elements(struct jsonw *w, const struct facts *x)
{
    jsonw_key(w, "elements");
    jsonw_obj(w);
    for (unsigned z = 1; z <= ELEMENT_MAX; z++) {
        if (x->by_element[z])
            jsonw_ki64(w, element_symbol(z), x->by_element[z]);
    }
    jsonw_obj_end(w);
}

struct ligand {
    char name[6];
    uint32_t count, atoms, chain;
};

static void write_ligands(struct jsonw *w, const struct mol *m)
{
    static struct ligand list[LIGANDS_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; m->residues_known && i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        uint32_t k = 0;
        if (r->kind != RES_OTHER)
            continue;
        while (k < n && strcmp(list[k].name, r->name) != 0)
            k++;
        if (k == n && n == LIGANDS_MAX)
            continue;
        if (k == n) {
            list[n] = (struct ligand){ .atoms = r->count, .chain = r->chain };
            memcpy(list[n++].name, r->name, sizeof r->name);
        }
        list[k].count++;
    }
    jsonw_key(w, "ligands");
    jsonw_arr(w);
    for (uint32_t k = 0; k < n; k++) {
        jsonw_obj(w);
        jsonw_kstr(w, "name", list[k].name);
        jsonw_ki64(w, "count", list[k].count);
        jsonw_ki64(w, "atoms", list[k].atoms);
        jsonw_kstr(w, "chain", m->chains[list[k].chain].id);
        jsonw_obj_end(w);
    }
    jsonw_arr_end(w);
}

static bool in_polymer(uint8_t kind)
{
    return kind == RES_AMINO || kind == RES_MODIFIED || kind == RES_NUCLEIC;
}

struct chain_sum {
    uint32_t protein, nucleic, water, other;
};

static void write_chain(struct jsonw *w, const struct mol *m, uint32_t c, const struct chain_sum *s)
{
    static char sequence[SEQUENCE_MAX];
    uint32_t n = 0, polymer = s->protein + s->nucleic;
    const char *kind = s->protein && s->protein >= s->nucleic ? "protein"
                       : s->nucleic                           ? "nucleic"
                       : s->water > s->other                  ? "water"
                                                              : "other";
    for (uint32_t i = 0; polymer && i < m->nresidues && n < SEQUENCE_MAX; i++) {
        const struct residue *r = &m->residues[i];
        if (r->chain == c && in_polymer(r->kind))
            sequence[n++] = r->letter;
    }
    jsonw_obj(w);
    jsonw_kstr(w, "id", m->chains[c].id);
    jsonw_kstr(w, "kind", kind);
    jsonw_ki64(w, "residues", polymer ? polymer : s->water + s->other);
    jsonw_key(w, "sequence");
    jsonw_strn(w, sequence, n);
    jsonw_obj_end(w);
}

static void write_chains(struct jsonw *w, const struct mol *m)
{
    static struct chain_sum sums[CHAINS_SHOWN];
    memset(sums, 0, sizeof sums);
    for (uint32_t i = 0; m->residues_known && i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        if (r->chain >= CHAINS_SHOWN)
            continue;
        struct chain_sum *s = &sums[r->chain];
        s->protein += r->kind == RES_AMINO || r->kind == RES_MODIFIED;
        s->nucleic += r->kind == RES_NUCLEIC;
        s->water += r->kind == RES_WATER;
        s->other += !in_polymer(r->kind) && r->kind != RES_WATER;
    }
    jsonw_key(w, "chains");
    jsonw_arr(w);
    for (uint32_t c = 0; m->residues_known && c < m->nchains && c < CHAINS_SHOWN; c++) {
        const struct chain_sum *s = &sums[c];
        if (s->protein + s->nucleic + s->water + s->other)
            write_chain(w, m, c, s);
    }
    jsonw_arr_end(w);
}

static double rounded(double v)
{
    return round(v * 1000) / 1000;
}

static void write_box(struct jsonw *w, const struct mol *m)
{
    jsonw_key(w, "box_a");
    if (!m->has_box) {
        jsonw_null(w);
        jsonw_knull(w, "box_volume_a3");
        return;
    }
    double c[3], product = 1, squares = 0;
    jsonw_arr(w);
    for (int i = 0; i < 6; i++)
        jsonw_double(w, rounded(m->box[i]));
    jsonw_arr_end(w);
    for (int i = 0; i < 3; i++) {
        c[i] = cos(m->box[3 + i] * M_PI / 180);
        product *= c[i];
        squares += c[i] * c[i];
    }
    double s = 1 - squares + 2 * product;
    jsonw_kdouble(w, "box_volume_a3", rounded(m->box[0] * m->box[1] * m->box[2] * sqrt(s > 0 ? s : 0)));
}

static void write_bounds(struct jsonw *w, const struct facts *x)
{
    jsonw_key(w, "bounds_a");
    jsonw_arr(w);
    for (int side = 0; side < 2; side++) {
        jsonw_arr(w);
        for (int i = 0; i < 3; i++)
            jsonw_double(w, rounded(side ? x->hi[i] : x->lo[i]));
        jsonw_arr_end(w);
    }
    jsonw_arr_end(w);
}

static void write_facts(struct jsonw *w, const struct mol *m, const struct facts *x)
{
    jsonw_key(w, "facts");
    jsonw_obj(w);
    write_formula(w, x);
    jsonw_kstr(w, "title", m->title);
    jsonw_ki64(w, "atoms", m->natoms);
    jsonw_ki64(w, "heavy_atoms", x->heavy);
    jsonw_ki64(w, "hydrogens", x->hydrogens);
    write_elements(w, x);
    jsonw_ki64(w, "residues", m->residues_known ? m->nresidues : 0);
    jsonw_ki64(w, "protein_residues", x->protein);
    jsonw_ki64(w, "nucleic_residues", x->nucleic);
    jsonw_ki64(w, "waters", x->waters);
    jsonw_ki64(w, "ions", x->ions);
    write_ligands(w, m);
    write_chains(w, m);
    jsonw_ki64(w, "models", m->models);
    if (m->has_charge)
        jsonw_ki64(w, "charge", (int64_t)round(m->charge));
    else
        jsonw_knull(w, "charge");
    if (x->protein)
        jsonw_ki64(w, "charge_ph7", x->charge_ph7);
    else
        jsonw_knull(w, "charge_ph7");
    write_box(w, m);
    write_bounds(w, x);
    jsonw_ki64(w, "altlocs", m->altlocs);
    jsonw_ki64(w, "gaps", x->gaps);
    jsonw_ki64(w, "missing_residues", x->missing_residues);
    jsonw_ki64(w, "missing_atoms", x->missing_backbone + x->missing_side);
    jsonw_ki64(w, "missing_backbone", x->missing_backbone);
    jsonw_ki64(w, "unknown_residues", x->ligands + x->modified);
    jsonw_ki64(w, "clashes", x->clashes);
    jsonw_kbool(w, "has_altloc", m->altlocs > 0);
    jsonw_kbool(w, "has_missing_backbone", x->missing_backbone > 0);
    jsonw_kbool(w, "has_unknown_residues", x->ligands + x->modified > 0);
    jsonw_kbool(w, "has_nucleic", x->nucleic > 0);
    jsonw_obj_end(w);
}

static void write_findings(struct jsonw *w, const struct findings *f)
{
    static const char *const levels[] = { "info", "warning", "error" };
    jsonw_key(w, "findings");
    jsonw_arr(w);
    for (int lv = LV_ERROR; lv >= LV_INFO; lv--) {
        for (uint32_t i = 0; i < f->n; i++) {
            const struct finding *n = &f->v[i];
            if ((int)n->level != lv)
                continue;
            jsonw_obj(w);
            jsonw_kstr(w, "level", levels[lv]);
            jsonw_kstr(w, "code", n->code);
            jsonw_kstr(w, "text", n->text);
            jsonw_kstr(w, "why", n->why);
            jsonw_key(w, "where");
            jsonw_arr(w);
            for (uint32_t k = 0; k < n->nwhere; k++)
                jsonw_str(w, n->where[k].text);
            jsonw_arr_end(w);
            jsonw_ki64(w, "count", n->count);
            jsonw_obj_end(w);
        }
    }
    jsonw_arr_end(w);
}

void report_write(const struct mol *m, const struct facts *x, const struct findings *f, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_obj(&w);
    jsonw_kbool(&w, "ok", true);
    jsonw_kstr(&w, "format", m->format);
    write_facts(&w, m, x);
    write_findings(&w, f);
    jsonw_obj_end(&w);
}
