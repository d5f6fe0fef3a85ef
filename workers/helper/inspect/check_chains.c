/* Chains: residues missing between others, breaks, disulfide bridges, and the way residues are numbered. */
#include "findings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A peptide bond is 1.33 A; beyond this it is none. */
#define PEPTIDE_MAX 2.0
#define CA_CA_MAX   4.5
#define BRIDGE_MAX  2.5
#define SULFURS_MAX 4000

static const struct atom *find_atom(const struct mol *m, const struct residue *r, const char *name)
{
    for (uint32_t i = r->first; i < r->first + r->count; i++) {
        if (strcmp(m->atoms[i].name, name) == 0)
            return &m->atoms[i];
    }
    return NULL;
}

static double distance(const struct atom *a, const struct atom *b)
{
    double x = (double)a->x - (double)b->x, y = (double)a->y - (double)b->y, z = (double)a->z - (double)b->z;
    return sqrt(x * x + y * y + z * z);
}

static bool in_protein(const struct residue *r)
{
    return r->kind == RES_AMINO || r->kind == RES_MODIFIED;
}

/* Joined by a peptide bond, as far as the atoms tell; without them, by the numbers. */
static bool is_joined(const struct mol *m, const struct residue *a, const struct residue *b)
{
    const struct atom *c = find_atom(m, a, "C"), *n = find_atom(m, b, "N");
    if (c && n)
        return distance(c, n) <= PEPTIDE_MAX;
    c = find_atom(m, a, "CA");
    n = find_atom(m, b, "CA");
    if (c && n)
        return distance(c, n) <= CA_CA_MAX;
    return (int64_t)b->seq - a->seq <= 1;
}

static void check_gaps(const struct mol *m, struct facts *x, struct findings *f)
{
    struct finding gap = { .level = LV_WARNING,
                           .code = "missing_residues",
                           .why = "A simulation would treat the ends of each gap as chain ends with charges that are "
                                  "not there: model the loop, or accept it knowingly." };
    struct finding brk = { .level = LV_WARNING,
                           .code = "chain_break",
                           .why = "Neighbours in the sequence are too far apart to be bonded; a force field would "
                                  "stretch the bond and the simulation would fail." };
    const struct residue *prev = NULL;
    char where[24], at[24];
    uint64_t skipped = 0;

    for (uint32_t i = 0; i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        if (!in_protein(r))
            continue;
        if (prev && prev->chain == r->chain && !is_joined(m, prev, r)) {
            int64_t step = (int64_t)r->seq - prev->seq;
            mol_where(m, (uint32_t)(prev - m->residues), at, sizeof at);
            if (step > 1) {
                (void)snprintf(where, sizeof where, "%.14s..%d", at, r->seq);
                finding_where(&gap, where);
                skipped += (uint64_t)step - 1;
                x->gaps++;
            } else if (step == 1 || (step == 0 && r->icode != prev->icode)) {
                finding_where(&brk, at);
                x->gaps++;
            }
        }
        prev = r;
    }
    uint32_t lacking = 0;
    for (uint32_t c = 0; c < m->nchains && !m->nmissing; c++) {
        uint32_t seen = 0;
        for (uint32_t i = 0; m->chains[c].seqres && i < m->nresidues; i++)
            seen += m->residues[i].chain == c && (in_protein(&m->residues[i]) || m->residues[i].kind == RES_NUCLEIC ||
                                                  m->residues[i].kind == RES_CAP);
        lacking += m->chains[c].seqres > seen ? m->chains[c].seqres - seen : 0;
    }
    if (m->nmissing) {
        gap.nwhere = gap.count = 0;
        for (uint32_t i = 0; i < m->nmissing && i < NOTES_MAX; i++)
            finding_where(&gap, m->missing[i].text);
        gap.count = m->nmissing;
        finding_text(&gap, "%u residues were not seen in the experiment; %u gap%s inside chains.", m->nmissing, x->gaps,
                     x->gaps == 1 ? " lies" : "s lie");
    } else if (lacking) {
        gap.count = lacking;
        finding_text(&gap, "%u residues of the sequence given in the file have no coordinates.", lacking);
    } else if (gap.count) {
        finding_text(&gap, "%llu residues are missing in %u place%s, judging by numbers and distances.",
                     (unsigned long long)skipped, gap.count, gap.count == 1 ? "" : "s");
    }
    x->missing_residues = m->nmissing ? m->nmissing
                          : lacking   ? lacking
                                      : (uint32_t)(skipped < UINT32_MAX ? skipped : UINT32_MAX);
    if (gap.count)
        *finding_add(f, gap.level, gap.code, gap.why) = gap;
    if (brk.count) {
        finding_text(&brk, "The chain is broken in %u place%s without a gap in the numbers.", brk.count,
                     brk.count == 1 ? "" : "s");
        *finding_add(f, brk.level, brk.code, brk.why) = brk;
    }
}

static void check_bridges(const struct mol *m, struct findings *f)
{
    static uint32_t sulfur[SULFURS_MAX];
    uint32_t n = 0;
    struct finding bridge = { .level = LV_INFO,
                              .code = "disulfides",
                              .why = "They must be kept as bonds when the system is built." };
    for (uint32_t i = 0; i < m->natoms && n < SULFURS_MAX; i++) {
        const struct atom *a = &m->atoms[i];
        if (a->element == 16 && strcmp(a->name, "SG") == 0)
            sulfur[n++] = i;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = i + 1; k < n; k++) {
            const struct atom *a = &m->atoms[sulfur[i]], *b = &m->atoms[sulfur[k]];
            if (distance(a, b) > BRIDGE_MAX || a->res == b->res)
                continue;
            char one[24], two[24], where[24];
            mol_where(m, a->res, one, sizeof one);
            mol_where(m, b->res, two, sizeof two);
            (void)snprintf(where, sizeof where, "%.10s-%.10s", one, two);
            finding_where(&bridge, where);
        }
    }
    if (bridge.count) {
        finding_text(&bridge, "%u disulfide bridge%s.", bridge.count, bridge.count == 1 ? "" : "s");
        *finding_add(f, bridge.level, bridge.code, bridge.why) = bridge;
    }
}

static void check_numbers(const struct mol *m, struct findings *f)
{
    struct finding icode = { .level = LV_WARNING,
                             .code = "insertion_codes",
                             .why = "Several programs drop the letter and then see two residues of one number." };
    struct finding odd = { .level = LV_INFO,
                           .code = "odd_numbers",
                           .why = "Programs with fixed columns lose such numbers; results may be numbered anew." };
    struct finding alt = { .level = LV_WARNING,
                           .code = "altloc",
                           .why = "Only one position of an atom can be simulated: the first one in the file is used." };
    for (uint32_t i = 0; i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        if (r->altloc)
            finding_residue(&alt, m, i);
        if (r->kind == RES_WATER)
            continue;
        if (r->icode)
            finding_residue(&icode, m, i);
        if (r->seq < 0 || r->seq > 99999)
            finding_residue(&odd, m, i);
    }
    if (alt.count) {
        finding_text(&alt, "%u residue%s alternative locations.", alt.count, alt.count == 1 ? " has" : "s have");
        *finding_add(f, alt.level, alt.code, alt.why) = alt;
    }
    if (icode.count) {
        finding_text(&icode, "%u residue%s numbered with an insertion code.", icode.count,
                     icode.count == 1 ? " is" : "s are");
        *finding_add(f, icode.level, icode.code, icode.why) = icode;
    }
    if (odd.count) {
        finding_text(&odd, "%u residue number%s negative or above 99,999.", odd.count,
                     odd.count == 1 ? " is" : "s are");
        *finding_add(f, odd.level, odd.code, odd.why) = odd;
    }
}

static void check_occupancy(const struct mol *m, struct findings *f)
{
    struct finding zero = { .level = LV_WARNING,
                            .code = "zero_occupancy",
                            .why = "These positions were modelled, not seen in the experiment." };
    uint32_t atoms = 0, last = UINT32_MAX;
    for (uint32_t i = 0; i < m->natoms; i++)
        atoms += (m->atoms[i].flags & ATOM_ZERO_OCC) != 0;
    /* Simulation programs leave the column at zero throughout: that says nothing. */
    if (atoms == 0 || atoms * 2 > m->natoms)
        return;
    for (uint32_t i = 0; i < m->natoms; i++) {
        if ((m->atoms[i].flags & ATOM_ZERO_OCC) && m->atoms[i].res != last)
            finding_residue(&zero, m, last = m->atoms[i].res);
    }
    finding_text(&zero, "%u atom%s zero occupancy.", atoms, atoms == 1 ? " has" : "s have");
    *finding_add(f, zero.level, zero.code, zero.why) = zero;
}

void check_chains(const struct mol *m, struct facts *x, struct findings *f)
{
    if (!m->residues_known)
        return;
    check_gaps(m, x, f);
    check_bridges(m, f);
    check_numbers(m, f);
    check_occupancy(m, f);
}
