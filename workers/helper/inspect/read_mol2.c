/* Tripos MOL2: sections behind @<TRIPOS>; atoms as "id name x y z type [subst_id subst_name [charge]]". */
#include "mol.h"
#include "text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum section { SEC_NONE, SEC_MOLECULE, SEC_ATOM, SEC_CELL, SEC_OTHER };

struct mol2 {
    struct input *in;
    struct mol *m;
    enum section section;
    int section_line;
    int64_t declared;
    bool charges;
};

/* "ALA12" is the residue ALA with the number 12; the substructure's id serves when there is no number. */
static void split_subst(const char *w, size_t n, int64_t id, char res[6], int32_t *ret_seq)
{
    size_t k = n;
    int64_t seq;
    while (k > 0 && isdigit((unsigned char)w[k - 1]))
        k--;
    text_copy(w, k ? k : n, res, 6);
    *ret_seq = k > 0 && k < n && text_int(w + k, n - k, &seq) && seq <= INT32_MAX ? (int32_t)seq : (int32_t)id;
}

static enum status read_atom(struct mol2 *r, const char *line, size_t len, struct err *err)
{
    const char *w[9];
    size_t n[9], at = 0, count = 0;
    double xyz[3], q = 0;
    char name[6], res[6] = "";
    int32_t seq = 1;
    int64_t id = 1;
    uint64_t no = input_line_no(r->in);

    while (count < 9 && (w[count] = text_word(line, len, &at, &n[count])))
        count++;
    if (count < 6)
        return input_cut(r->in) ? refuse_truncated(err, "line %llu ends inside an atom", (unsigned long long)no)
                                : refuse_line(err, no, "an atom needs a name, three coordinates and a type");
    for (int i = 0; i < 3; i++) {
        if (!text_double(w[2 + i], n[2 + i], &xyz[i]))
            return refuse_coordinates(err, no, w[2 + i], n[2 + i]);
    }
    if (count >= 8) {
        if (!text_int(w[6], n[6], &id) || id > INT32_MAX || id < INT32_MIN)
            id = 1;
        split_subst(w[7], n[7], id, res, &seq);
    }
    if (count == 9 && text_double(w[8], n[8], &q))
        r->m->charge += q;
    text_copy(w[1], n[1], name, sizeof name);
    const char *dot = memchr(w[5], '.', n[5]); /* C.ar, N.4 */
    unsigned z = element_find(w[5], dot ? (size_t)(dot - w[5]) : n[5]);
    if (!z)
        r->m->no_element++;
    enum status st = mol_residue(r->m, &(struct place){ .chain = "", .res = res, .seq = seq }, err);
    return st ? st : mol_atom(r->m, name, z ? z : element_guess(name, res, false), xyz, 0, no, err);
}

static void read_cell(struct mol *m, const char *line, size_t len)
{
    double v[6];
    size_t at = 0, n;
    for (int i = 0; i < 6; i++) {
        const char *w = text_word(line, len, &at, &n);
        if (!w || !text_double(w, n, &v[i]) || v[i] <= 0 || v[i] > 1e6)
            return;
    }
    memcpy(m->box, v, sizeof v);
    m->has_box = true;
}

static enum status read_line(struct mol2 *r, const char *line, size_t len, struct err *err)
{
    size_t at = 0, n;
    int no = ++r->section_line;
    if (r->m->models > 1)
        return ST_OK;
    switch (r->section) {
    case SEC_MOLECULE:
        if (no == 1) {
            text_column(line, len, 0, 255, r->m->title, sizeof r->m->title);
        } else if (no == 2) {
            const char *w = text_word(line, len, &at, &n);
            if (!w || !text_int(w, n, &r->declared))
                return refuse_line(err, input_line_no(r->in), "the number of atoms is missing");
        } else if (no == 4) {
            r->charges = !text_same(line, len, "NO_CHARGES");
        }
        return ST_OK;
    case SEC_ATOM:
        return len && line[0] != '#' ? read_atom(r, line, len, err) : ST_OK;
    case SEC_CELL:
        if (no == 1)
            read_cell(r->m, line, len);
        return ST_OK;
    default:
        return ST_OK;
    }
}

static bool has_amino(const struct mol *m)
{
    for (uint32_t i = 0; i < m->nresidues; i++) {
        if (res_find(m->residues[i].name))
            return true;
    }
    return false;
}

enum status read_mol2(struct input *in, struct mol *m, struct err *err)
{
    struct mol2 r = { .in = in, .m = m, .declared = -1 };
    char *line;
    size_t len;
    enum status st = ST_OK;

    while (!st && input_line(in, &line, &len)) {
        if (strncmp(line, "@<TRIPOS>", 9) != 0) {
            st = read_line(&r, line, len, err);
            continue;
        }
        const char *name = line + 9;
        size_t n = len - 9;
        r.section_line = 0;
        r.section = text_same(name, n, "MOLECULE") ? SEC_MOLECULE
                    : text_same(name, n, "ATOM")   ? SEC_ATOM
                    : text_same(name, n, "CRYSIN") ? SEC_CELL
                                                   : SEC_OTHER;
        m->models += r.section == SEC_MOLECULE;
    }
    if (!st)
        st = input_error(in, err);
    if (!st && r.declared >= 0 && r.declared != (int64_t)m->natoms)
        return refuse_truncated(err, "it announces %lld atoms and holds %u", (long long)r.declared, m->natoms);
    m->residues_known = has_amino(m);
    /* Partial charges sum to the formal charge within their rounding. */
    m->has_charge = r.charges && fabs(m->charge - round(m->charge)) < 0.1;
    m->charge = round(m->charge);
    return st;
}
