/* Space: how far the structure reaches, and atoms that stand where others are. Heavy atoms go into a hashed grid of
 * cells as wide as the longest distance asked for, so each looks at its neighbours only.
 */
#include "findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CELL       2.4
#define OVERLAP    0.5 /* the same atom twice */
#define FACTOR     0.8 /* of the sum of covalent radii: closer than any bond */
#define FACTOR_OWN 0.7 /* inside a residue, where triple bonds may be */
/* A file of one point repeated a million times must not take for ever. */
#define LOOKS_MAX   300000000ull
#define CLASHES_MAX 100000u

struct grid {
    uint32_t *head, *next; /* index + 1; 0 none */
    uint32_t mask;
    const struct mol *m;
};

struct cell {
    int32_t x, y, z;
};

static struct cell cell_of(const struct atom *a)
{
    return (struct cell){ (int32_t)floor((double)a->x / CELL), (int32_t)floor((double)a->y / CELL),
                          (int32_t)floor((double)a->z / CELL) };
}

static uint32_t bucket(const struct grid *g, struct cell c)
{
    uint32_t h = (uint32_t)c.x * 73856093u ^ (uint32_t)c.y * 19349663u ^ (uint32_t)c.z * 83492791u;
    return (h ^ h >> 15) & g->mask;
}

static double too_close(const struct atom *a, const struct atom *b)
{
    double sum = element_radius(a->element) + element_radius(b->element);
    double d = sum * (a->res == b->res ? FACTOR_OWN : FACTOR);
    return d < CELL ? d : CELL;
}

static void look(const struct grid *g, uint32_t i, struct facts *x, struct finding *clash, uint64_t *looks)
{
    const struct atom *a = &g->m->atoms[i];
    struct cell c = cell_of(a), near;
    for (int k = 0; k < 27; k++) {
        near = (struct cell){ c.x + k % 3 - 1, c.y + k / 3 % 3 - 1, c.z + k / 9 - 1 };
        for (uint32_t j = g->head[bucket(g, near)]; j; j = g->next[j - 1]) {
            const struct atom *b = &g->m->atoms[j - 1];
            struct cell d = cell_of(b);
            if (++*looks > LOOKS_MAX)
                return;
            if (j - 1 >= i || d.x != near.x || d.y != near.y || d.z != near.z)
                continue;
            double dx = (double)a->x - (double)b->x, dy = (double)a->y - (double)b->y, dz = (double)a->z - (double)b->z;
            double r = sqrt(dx * dx + dy * dy + dz * dz);
            if (r >= too_close(a, b))
                continue;
            x->clashes++;
            x->overlaps += r < OVERLAP;
            char one[24], two[24], where[48];
            mol_where(g->m, b->res, one, sizeof one);
            mol_where(g->m, a->res, two, sizeof two);
            (void)snprintf(where, sizeof where, "%.10s-%.10s", one, two);
            finding_where(clash, where);
        }
    }
}

static void reach(const struct mol *m, struct facts *x)
{
    for (uint32_t i = 0; i < m->natoms; i++) {
        double p[3] = { (double)m->atoms[i].x, (double)m->atoms[i].y, (double)m->atoms[i].z };
        for (int k = 0; k < 3; k++) {
            x->lo[k] = i == 0 || p[k] < x->lo[k] ? p[k] : x->lo[k];
            x->hi[k] = i == 0 || p[k] > x->hi[k] ? p[k] : x->hi[k];
        }
    }
}

static enum status find_clashes(const struct mol *m, struct facts *x, struct finding *clash, struct err *err)
{
    struct grid g = { .m = m, .mask = 1023 };
    uint64_t looks = 0;
    while (g.mask < m->natoms && g.mask < (1u << 24))
        g.mask = g.mask * 2 + 1;
    g.head = calloc((size_t)g.mask + 1, sizeof *g.head);
    g.next = calloc((size_t)m->natoms + 1, sizeof *g.next);
    if (g.head && g.next) {
        for (uint32_t i = 0; i < m->natoms; i++) {
            if (m->atoms[i].element == 1)
                continue;
            look(&g, i, x, clash, &looks);
            if (x->clashes > CLASHES_MAX || looks > LOOKS_MAX) {
                x->clashes_many = true;
                break;
            }
            uint32_t b = bucket(&g, cell_of(&m->atoms[i]));
            g.next[i] = g.head[b];
            g.head[b] = i + 1;
        }
    }
    enum status st = g.head && g.next ? ST_OK
                                      : err_field(err, ST_TOOBIG, "too_large", NULL,
                                                  "the structure needs more memory than inspection may use");
    free(g.head);
    free(g.next);
    return st;
}

enum status check_space(const struct mol *m, struct facts *x, struct findings *f, struct err *err)
{
    struct finding clash = { .level = LV_WARNING,
                             .code = "clashes",
                             .why = "Atoms this close push each other apart violently: minimise with care, or look at "
                                    "the places named." };
    reach(m, x);
    enum status st = find_clashes(m, x, &clash, err);
    if (st)
        return st;
    if (x->clashes) {
        const char *more = x->clashes_many ? "more than " : "";
        clash.level = x->overlaps ? LV_ERROR : LV_WARNING;
        if (x->overlaps)
            finding_text(&clash, "%s%u pairs of heavy atoms are closer than any bond, %u of them nearly in one place.",
                         more, x->clashes, x->overlaps);
        else
            finding_text(&clash, "%s%u pair%s of heavy atoms closer than any bond.", more, x->clashes,
                         x->clashes == 1 ? " is" : "s are");
        *finding_add(f, clash.level, clash.code, clash.why) = clash;
    }
    bool flat = (m->natoms > 3 || (m->flat_declared && m->natoms > 1)) && x->hi[2] - x->lo[2] < 1e-3;
    if (!m->residues_known && flat) {
        struct finding *n = finding_add(f, LV_WARNING, "flat",
                                        "It is a drawing, not a shape: make a 3D conformer first unless the molecule "
                                        "really is flat.");
        finding_text(n, m->flat_declared ? "The file says it is a 2D drawing." : "All atoms lie in one plane z.");
    }
    return ST_OK;
}
