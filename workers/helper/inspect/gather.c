/* Atoms of one residue that stand apart in the file (a hydrogen appended by a program, say) are brought together; the
 * same chain and number used for two residues is told, not repaired.
 */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

static const struct mol *g_sorting; /* qsort has no context; inspection is one thread */

static int compare(const void *a, const void *b)
{
    const uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    const struct residue *p = &g_sorting->residues[i], *q = &g_sorting->residues[k];
    if (p->chain != q->chain)
        return p->chain < q->chain ? -1 : 1;
    if (p->seq != q->seq)
        return p->seq < q->seq ? -1 : 1;
    if (p->icode != q->icode)
        return p->icode < q->icode ? -1 : 1;
    return i < k ? -1 : i > k;
}

static bool same_place(const struct residue *p, const struct residue *q)
{
    return p->chain == q->chain && p->seq == q->seq && p->icode == q->icode;
}

static bool share_names(const struct mol *m, const struct residue *p, const struct residue *q)
{
    if (strcmp(p->name, q->name) != 0)
        return true;
    for (uint32_t i = p->first; i < p->first + p->count; i++) {
        for (uint32_t k = q->first; k < q->first + q->count; k++) {
            if (strcmp(m->atoms[i].name, m->atoms[k].name) == 0)
                return true;
        }
    }
    return false;
}

/* Atoms in the order of their residues again (a counting sort), and the residues' places in them. */
static bool reorder(struct mol *m)
{
    struct atom *sorted = malloc(((size_t)m->natoms + 1) * sizeof *sorted);
    if (!sorted)
        return false;
    for (uint32_t i = 0; i < m->nresidues; i++)
        m->residues[i].count = 0;
    for (uint32_t i = 0; i < m->natoms; i++)
        m->residues[m->atoms[i].res].count++;
    uint32_t first = 0;
    for (uint32_t i = 0; i < m->nresidues; i++) {
        m->residues[i].first = first;
        first += m->residues[i].count;
        m->residues[i].count = 0;
    }
    for (uint32_t i = 0; i < m->natoms; i++) {
        struct residue *r = &m->residues[m->atoms[i].res];
        sorted[r->first + r->count++] = m->atoms[i];
    }
    memcpy(m->atoms, sorted, (size_t)m->natoms * sizeof *sorted);
    free(sorted);
    return true;
}

/* Empty residues go; the order of the others stays. */
static void drop_empty(struct mol *m)
{
    uint32_t to = 0;
    for (uint32_t i = 0; i < m->nresidues; i++) {
        if (!m->residues[i].count)
            continue;
        m->residues[to] = m->residues[i];
        for (uint32_t k = m->residues[to].first; k < m->residues[to].first + m->residues[to].count; k++)
            m->atoms[k].res = to;
        to++;
    }
    m->nresidues = to;
}

/* The larger part keeps its place, so that a stray atom goes home and not the other way round. */
static void move_atoms(struct mol *m, uint32_t a, uint32_t b)
{
    uint32_t to = m->residues[a].count >= m->residues[b].count ? a : b, from = to == a ? b : a;
    for (uint32_t i = m->residues[from].first; i < m->residues[from].first + m->residues[from].count; i++)
        m->atoms[i].res = to;
}

/* Only named chains count: without names, numbers start again for every molecule. */
static uint32_t collect(const struct mol *m, uint32_t *list)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        const struct res_info *info = m->chains[r->chain].id[0] ? res_find(r->name) : NULL;
        if (info && (info->kind == RES_AMINO || info->kind == RES_NUCLEIC))
            list[n++] = i;
    }
    return n;
}

enum status gather_residues(struct mol *m, struct findings *f, struct err *err)
{
    struct finding twice = { .level = LV_WARNING,
                             .code = "duplicate_residues",
                             .why = "Programs take them for one residue, or drop one: give each copy its own chain." };
    struct finding apart = { .level = LV_INFO,
                             .code = "scattered_atoms",
                             .why = "They were counted where they belong; some programs see two residues instead." };
    if (!m->residues_known || m->nresidues < 2)
        return ST_OK;
    uint32_t *list = malloc((size_t)m->nresidues * sizeof *list);
    if (!list)
        return err_field(err, ST_TOOBIG, "too_large", NULL, "the structure needs more memory than inspection may use");
    uint32_t n = collect(m, list);
    g_sorting = m;
    qsort(list, n, sizeof *list, compare);
    for (uint32_t i = 0; i + 1 < n; i++) {
        const struct residue *p = &m->residues[list[i]], *q = &m->residues[list[i + 1]];
        bool third = i > 0 && same_place(&m->residues[list[i - 1]], p);
        if (!same_place(p, q))
            continue;
        if (third || share_names(m, p, q)) {
            finding_residue(&twice, m, list[i + 1]);
        } else {
            finding_residue(&apart, m, list[i]);
            move_atoms(m, list[i], list[i + 1]);
        }
    }
    free(list);
    if (apart.count && !reorder(m))
        return err_field(err, ST_TOOBIG, "too_large", NULL, "the structure needs more memory than inspection may use");
    if (apart.count)
        drop_empty(m);
    if (twice.count) {
        finding_text(&twice, "%u residue%s chain and number with another.", twice.count,
                     twice.count == 1 ? " shares its" : "s share their");
        *finding_add(f, twice.level, twice.code, twice.why) = twice;
    }
    if (apart.count) {
        finding_text(&apart, "Atoms of %u residue%s apart in the file.", apart.count,
                     apart.count == 1 ? " stand" : "s stand");
        *finding_add(f, apart.level, apart.code, apart.why) = apart;
    }
    return ST_OK;
}
