/* PDB: fixed columns, one record a line. Also what molecular-dynamics programs call PDB: no element column, names
 * starting in the wrong column, chains told apart only by TER, serial numbers that overflow.
 */
#include "mol.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stands for a number that the file does not tell; above 99,999, hence reported as odd. */
#define NUMBER_LOST 100000

struct pdb {
    struct mol *m;
    struct input *in;
    bool is_archive;      /* from the PDB itself, which always ends with END */
    char alt_kept;        /* of the open residue */
    uint32_t alt_residue; /* index + 1 of the residue alt_kept belongs to */
};

static bool record(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    return len >= n && memcmp(line, name, n) == 0 && (len == n || line[n] == ' ' || n == 6);
}

/* Residue numbers over 9,999 come as hybrid-36 (A000 = 10000), or as stars from programs that gave up. */
static bool parse_seq(const char *s, size_t n, int32_t *ret_seq)
{
    int64_t v;
    if (text_int(s, n, &v) && v >= INT32_MIN && v <= INT32_MAX) {
        *ret_seq = (int32_t)v;
        return true;
    }
    if (n > 0 && strspn(s, "*") == n) {
        *ret_seq = NUMBER_LOST;
        return true;
    }
    int64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                : c >= 'a' && c <= 'z' ? c - 'a' + 10
                                       : -1;
        if (d < 0)
            return false;
        value = value * 36 + d;
    }
    if (n != 4 || s[0] < 'A')
        return false;
    *ret_seq = (int32_t)(value - 10 * 36 * 36 * 36 + 10000);
    return true;
}

static enum status read_coordinates(struct pdb *r, const char *line, size_t len, double xyz[3], struct err *err)
{
    if (len < 54) {
        if (input_cut(r->in))
            return refuse_truncated(err, "line %llu ends inside an atom", (unsigned long long)input_line_no(r->in));
        return refuse_line(err, input_line_no(r->in), "an atom record needs at least 54 columns");
    }
    for (int i = 0; i < 3; i++) {
        if (!text_double(line + 30 + 8 * i, 8, &xyz[i]))
            return refuse_coordinates(err, input_line_no(r->in), line + 30 + 8 * i, 8);
    }
    return ST_OK;
}

static unsigned read_element(struct pdb *r, const char *line, size_t len, const char *name4, const char *res)
{
    char e[3];
    text_column(line, len, 76, 2, e, sizeof e);
    unsigned z = element_find(e, strlen(e));
    if (z)
        return z;
    r->m->no_element++;
    return element_guess(name4, res, true);
}

/* Of alternative locations the first letter met in a residue is kept; atoms without a letter always are. */
static bool is_alternative(struct pdb *r, char alt)
{
    struct mol *m = r->m;
    if (alt == ' ' || alt == '\0')
        return false;
    if (r->alt_residue != m->nresidues) {
        r->alt_residue = m->nresidues;
        r->alt_kept = alt;
    }
    m->residues[m->nresidues - 1].altloc = true;
    return alt != r->alt_kept;
}

static void read_formal_charge(struct mol *m, const char *line, size_t len)
{
    if (len < 80)
        return;
    char a = line[78], b = line[79];
    if (a >= '1' && a <= '9' && (b == '+' || b == '-')) {
        m->charge += b == '+' ? a - '0' : '0' - a;
        m->has_charge = true;
    }
}

static enum status read_atom(struct pdb *r, const char *line, size_t len, bool hetero, struct err *err)
{
    struct mol *m = r->m;
    char name4[5] = "", name[5], res[6], chain[2] = { 0, 0 };
    double xyz[3], occupancy;
    int32_t seq = 0;

    enum status st = read_coordinates(r, line, len, xyz, err);
    if (st)
        return st;
    text_copy(line + 12, 4, name4, sizeof name4);
    text_column(line, len, 12, 4, name, sizeof name);
    /* CHARMM and GROMACS put a fourth letter of the residue's name into column 21. */
    text_column(line, len, 17, 4, res, sizeof res);
    if (line[21] != ' ')
        chain[0] = line[21];
    char seq_text[5];
    size_t seq_len = text_column(line, len, 22, 4, seq_text, sizeof seq_text);
    if (!parse_seq(seq_text, seq_len, &seq))
        return refuse_line(err, input_line_no(r->in), "the residue number (columns 23-26) is not a number");
    char icode = line[26] == ' ' ? '\0' : line[26];
    const char *one = line[16] == ' ' ? name : NULL;
    st = mol_residue(m, &(struct place){ .chain = chain, .res = res, .atom = one, .seq = seq, .icode = icode }, err);
    if (st)
        return st;
    if (is_alternative(r, line[16])) {
        m->altlocs++;
        return ST_OK;
    }
    unsigned flags = hetero ? ATOM_HETERO : 0;
    if (len >= 60 && text_double(line + 54, 6, &occupancy) && occupancy == 0)
        flags |= ATOM_ZERO_OCC;
    read_formal_charge(m, line, len);
    return mol_atom(m, name, read_element(r, line, len, name4, res), xyz, flags, input_line_no(r->in), err);
}

static void read_box(struct mol *m, const char *line, size_t len)
{
    static const struct {
        int from, width;
    } at[6] = { { 6, 9 }, { 15, 9 }, { 24, 9 }, { 33, 7 }, { 40, 7 }, { 47, 7 } };
    double v[6];
    for (int i = 0; i < 6; i++) {
        char t[10];
        size_t n = text_column(line, len, (size_t)at[i].from, (size_t)at[i].width, t, sizeof t);
        if (!text_double(t, n, &v[i]) || v[i] <= 0 || v[i] > 1e6)
            return;
    }
    if (v[0] <= 1.5 && v[1] <= 1.5 && v[2] <= 1.5) { /* 1 1 1: by convention no cell at all */
        m->placeholder_box = true;
        return;
    }
    memcpy(m->box, v, sizeof v);
    m->has_box = true;
}

/* "REMARK 465   M RES C SSSEQI" lines after the explanation: a residue each. */
static void read_missing(struct mol *m, const char *line, size_t len)
{
    char res[4], chain[2], seq_text[6];
    int64_t seq;
    if (len < 26 || text_column(line, len, 15, 3, res, sizeof res) == 0 || !res_find(res))
        return;
    text_column(line, len, 19, 1, chain, sizeof chain);
    size_t n = text_column(line, len, 21, 5, seq_text, sizeof seq_text);
    if (text_int(seq_text, n, &seq))
        mol_missing(m, chain, seq);
}

static enum status read_seqres(struct mol *m, const char *line, size_t len, struct err *err)
{
    char chain[2], count[5];
    int64_t n;
    text_column(line, len, 11, 1, chain, sizeof chain);
    size_t k = text_column(line, len, 13, 4, count, sizeof count);
    if (!text_int(count, k, &n) || n < 0 || n > 99999)
        return ST_OK;
    uint32_t i = mol_chain(m, chain, err);
    if (i == UINT32_MAX)
        return ST_TOOBIG;
    m->chains[i].seqres = (uint32_t)n;
    return ST_OK;
}

static void read_title(struct mol *m, const char *line, size_t len)
{
    char part[72];
    size_t have = strlen(m->title);
    if (text_column(line, len, 10, 70, part, sizeof part))
        (void)snprintf(m->title + have, sizeof m->title - have, "%s%s", have ? " " : "", part);
}

static enum status read_other(struct pdb *r, const char *line, size_t len, struct err *err)
{
    struct mol *m = r->m;
    if (record(line, len, "TER")) {
        /* Chains with a letter go on (ligands and water follow under it); without one, TER is all there is. */
        if (m->nresidues) {
            struct chain *c = &m->chains[m->residues[m->nresidues - 1].chain];
            c->closed = c->id[0] == '\0';
        }
    } else if (record(line, len, "CRYST1")) {
        read_box(m, line, len);
    } else if (record(line, len, "TITLE")) {
        read_title(m, line, len);
    } else if (record(line, len, "SEQRES")) {
        return read_seqres(m, line, len, err);
    } else if (len > 10 && memcmp(line, "REMARK 465", 10) == 0) {
        read_missing(m, line, len);
    } else if (record(line, len, "MODRES")) {
        m->nmodres++;
    } else if (record(line, len, "SSBOND")) {
        m->nssbond++;
    } else if (record(line, len, "EXPDTA")) {
        r->is_archive = true;
    }
    return ST_OK;
}

/* Models are told apart by MODEL, ENDMDL or, from some programs, by END alone. */
enum status read_pdb(struct input *in, struct mol *m, struct err *err)
{
    struct pdb r = { .m = m, .in = in };
    char *line;
    size_t len;
    bool boundary = true, ended = false;
    enum status st = ST_OK;

    while (!st && input_line(in, &line, &len)) {
        bool atom = record(line, len, "ATOM"), hetero = !atom && record(line, len, "HETATM");
        if (atom || hetero) {
            m->models += boundary;
            boundary = ended = false;
            if (m->models == 1)
                st = read_atom(&r, line, len, hetero, err);
        } else if (record(line, len, "MODEL") || record(line, len, "ENDMDL") || record(line, len, "END")) {
            boundary = true;
            ended = line[0] == 'E';
        } else if (m->models <= 1) {
            st = read_other(&r, line, len, err);
        }
    }
    if (!st)
        st = input_error(in, err);
    m->cut = m->natoms && !ended && (r.is_archive || input_cut(in));
    return st;
}
