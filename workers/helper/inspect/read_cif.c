/* mmCIF: the categories atom_site, cell, struct and the list of unobserved residues; everything else is skipped. Tokens
 * are taken line by line: words, quoted text, and text between lines that begin with a semicolon.
 */
#include "mol.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX   64
#define COLUMNS_MAX 200

enum slot {
    S_NONE,
    S_GROUP,
    S_SYMBOL,
    S_ATOM,
    S_AUTH_ATOM,
    S_ALT,
    S_COMP,
    S_AUTH_COMP,
    S_ASYM,
    S_AUTH_ASYM,
    S_SEQ,
    S_AUTH_SEQ,
    S_ICODE,
    S_X,
    S_Y,
    S_Z,
    S_OCC,
    S_CHARGE,
    S_MODEL,
    S_A,
    S_B,
    S_C,
    S_ALPHA,
    S_BETA,
    S_GAMMA,
    S_TITLE,
    S_MISS_CHAIN,
    S_MISS_SEQ,
    S_MISS_COMP,
    S_MISS_POLYMER,
    S_FRACT,
    S_COUNT
};

static const struct {
    const char *name;
    enum slot slot;
} g_items[] = {
    { "_atom_site.group_PDB", S_GROUP },
    { "_atom_site.type_symbol", S_SYMBOL },
    { "_atom_site.label_atom_id", S_ATOM },
    { "_atom_site.auth_atom_id", S_AUTH_ATOM },
    { "_atom_site.label_alt_id", S_ALT },
    { "_atom_site.label_comp_id", S_COMP },
    { "_atom_site.auth_comp_id", S_AUTH_COMP },
    { "_atom_site.label_asym_id", S_ASYM },
    { "_atom_site.auth_asym_id", S_AUTH_ASYM },
    { "_atom_site.label_seq_id", S_SEQ },
    { "_atom_site.auth_seq_id", S_AUTH_SEQ },
    { "_atom_site.pdbx_PDB_ins_code", S_ICODE },
    { "_atom_site.Cartn_x", S_X },
    { "_atom_site.Cartn_y", S_Y },
    { "_atom_site.Cartn_z", S_Z },
    { "_atom_site.occupancy", S_OCC },
    { "_atom_site.pdbx_formal_charge", S_CHARGE },
    { "_atom_site.pdbx_PDB_model_num", S_MODEL },
    { "_cell.length_a", S_A },
    { "_cell.length_b", S_B },
    { "_cell.length_c", S_C },
    { "_cell.angle_alpha", S_ALPHA },
    { "_cell.angle_beta", S_BETA },
    { "_cell.angle_gamma", S_GAMMA },
    { "_struct.title", S_TITLE },
    { "_pdbx_unobs_or_zero_occ_residues.auth_asym_id", S_MISS_CHAIN },
    { "_pdbx_unobs_or_zero_occ_residues.auth_seq_id", S_MISS_SEQ },
    { "_pdbx_unobs_or_zero_occ_residues.auth_comp_id", S_MISS_COMP },
    { "_pdbx_unobs_or_zero_occ_residues.polymer_flag", S_MISS_POLYMER },
    { "_atom_site_fract_x", S_FRACT },
};

struct cif {
    struct input *in;
    struct mol *m;
    enum { OUTSIDE, LOOP_NAMES, LOOP_VALUES, PAIR } state;
    enum slot column[COLUMNS_MAX];
    size_t ncolumns, at;
    enum slot pair;
    char value[S_COUNT][VALUE_MAX];
    bool is_atoms, is_missing, fractional, in_text, text_used;
    unsigned blocks;
    char text[256]; /* the beginning of a text field */
    char model[VALUE_MAX];
    uint32_t alt_residue;
    char alt_kept[VALUE_MAX];
    uint64_t rows;
};

static enum slot slot_find(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof g_items / sizeof *g_items; i++) {
        if (text_same(name, n, g_items[i].name))
            return g_items[i].slot;
    }
    return S_NONE;
}

static bool given(const char *v)
{
    return v[0] && strcmp(v, ".") != 0 && strcmp(v, "?") != 0;
}

static const char *either(struct cif *c, enum slot a, enum slot b)
{
    return given(c->value[a]) ? c->value[a] : given(c->value[b]) ? c->value[b] : "";
}

static bool is_alternative(struct cif *c, const char *alt)
{
    struct mol *m = c->m;
    if (!given(alt))
        return false;
    if (c->alt_residue != m->nresidues) {
        c->alt_residue = m->nresidues;
        (void)snprintf(c->alt_kept, sizeof c->alt_kept, "%s", alt);
    }
    m->residues[m->nresidues - 1].altloc = true;
    return strcmp(alt, c->alt_kept) != 0;
}

static enum status row_atom(struct cif *c, struct err *err)
{
    struct mol *m = c->m;
    uint64_t no = input_line_no(c->in);
    double xyz[3], occ;
    int64_t seq = 0, q;

    const char *model = c->value[S_MODEL];
    if (m->models == 0 || (given(model) && strcmp(model, c->model) != 0)) {
        m->models++;
        (void)snprintf(c->model, sizeof c->model, "%s", model);
    }
    if (m->models > 1)
        return ST_OK;
    for (int i = 0; i < 3; i++) {
        const char *v = c->value[S_X + i];
        if (!text_double(v, strlen(v), &xyz[i]))
            return refuse_coordinates(err, no, v, strlen(v));
    }
    const char *seq_text = either(c, S_AUTH_SEQ, S_SEQ);
    if (*seq_text && (!text_int(seq_text, strlen(seq_text), &seq) || seq < INT32_MIN || seq > INT32_MAX))
        return refuse_line(err, no, "the residue number is not a number");
    const char *res = either(c, S_COMP, S_AUTH_COMP), *name = either(c, S_ATOM, S_AUTH_ATOM);
    const char *icode = c->value[S_ICODE];
    struct place at = { .chain = either(c, S_AUTH_ASYM, S_ASYM),
                        .res = res,
                        .seq = (int32_t)seq,
                        .icode = given(icode) ? icode[0] : '\0' };
    enum status st = mol_residue(m, &at, err);
    if (st)
        return st;
    if (is_alternative(c, c->value[S_ALT])) {
        m->altlocs++;
        return ST_OK;
    }
    const char *symbol = c->value[S_SYMBOL];
    unsigned z = element_find(symbol, strlen(symbol));
    if (!z) {
        m->no_element++;
        z = element_guess(name, res, false);
    }
    if (text_int(c->value[S_CHARGE], strlen(c->value[S_CHARGE]), &q) && q >= -15 && q <= 15) {
        m->charge += (double)q;
        m->has_charge = true;
    }
    unsigned flags = text_same(c->value[S_GROUP], strlen(c->value[S_GROUP]), "HETATM") ? ATOM_HETERO : 0;
    if (text_double(c->value[S_OCC], strlen(c->value[S_OCC]), &occ) && occ == 0)
        flags |= ATOM_ZERO_OCC;
    return mol_atom(m, name, z, xyz, flags, no, err);
}

static enum status row_end(struct cif *c, struct err *err)
{
    int64_t seq;
    if (c->is_atoms) {
        if (!c->value[S_X][0] || !c->value[S_Y][0] || !c->value[S_Z][0])
            return c->fractional ? ST_OK : refuse_line(err, input_line_no(c->in), "an atom has no coordinates");
        return row_atom(c, err);
    }
    const char *polymer = c->value[S_MISS_POLYMER];
    if (c->is_missing && (polymer[0] == 'Y' || polymer[0] == '\0') &&
        text_int(c->value[S_MISS_SEQ], strlen(c->value[S_MISS_SEQ]), &seq))
        mol_missing(c->m, c->value[S_MISS_CHAIN], seq);
    return ST_OK;
}

static void box_settle(struct cif *c)
{
    double v[6];
    for (int i = 0; i < 6; i++) {
        const char *t = c->value[S_A + i];
        if (!text_double(t, strlen(t), &v[i]) || v[i] <= 0 || v[i] > 1e6)
            return;
    }
    c->m->placeholder_box = v[0] <= 1.5 && v[1] <= 1.5 && v[2] <= 1.5;
    c->m->has_box = !c->m->placeholder_box;
    memcpy(c->m->box, v, sizeof v);
}

static enum status take_value(struct cif *c, const char *v, size_t n, struct err *err)
{
    enum slot s;
    if (c->state == PAIR) {
        s = c->pair;
        c->state = OUTSIDE;
        if (s == S_TITLE)
            text_copy(v, n, c->m->title, sizeof c->m->title);
        else
            text_copy(v, n, c->value[s], VALUE_MAX);
        return ST_OK;
    }
    if (c->state == LOOP_NAMES)
        c->state = LOOP_VALUES;
    if (c->state != LOOP_VALUES || c->ncolumns == 0)
        return refuse_line(err, input_line_no(c->in), "a value stands here without a name");
    s = c->column[c->at];
    if (s == S_TITLE)
        text_copy(v, n, c->m->title, sizeof c->m->title);
    else if (s != S_NONE)
        text_copy(v, n, c->value[s], VALUE_MAX);
    if (++c->at < c->ncolumns)
        return ST_OK;
    c->at = 0;
    return row_end(c, err);
}

static enum status loop_check(struct cif *c, struct err *err)
{
    if (c->state == LOOP_VALUES && c->at != 0)
        return refuse_line(err, input_line_no(c->in), "the row before this line is incomplete");
    if (c->state == PAIR)
        return refuse_line(err, input_line_no(c->in), "the name before this line has no value");
    return ST_OK;
}

static enum status take_name(struct cif *c, const char *v, size_t n, struct err *err)
{
    enum slot s = slot_find(v, n);
    c->fractional |= s == S_FRACT;
    if (c->state == LOOP_NAMES) {
        if (c->ncolumns >= COLUMNS_MAX)
            return refuse_line(err, input_line_no(c->in), "a table has more than 200 columns");
        c->column[c->ncolumns++] = s;
        c->is_atoms |= n > 11 && text_same(v, 11, "_atom_site.");
        c->is_missing |= s == S_MISS_SEQ;
        return ST_OK;
    }
    enum status st = loop_check(c, err);
    c->state = PAIR;
    c->pair = s;
    return st;
}

static enum status take_word(struct cif *c, const char *v, size_t n, struct err *err)
{
    if (v[0] == '_')
        return take_name(c, v, n, err);
    if (text_same(v, n, "loop_")) {
        enum status st = loop_check(c, err);
        c->state = LOOP_NAMES;
        c->ncolumns = c->at = 0;
        c->is_atoms = c->is_missing = false;
        for (int s = S_GROUP; s <= S_MODEL; s++)
            c->value[s][0] = '\0';
        for (int s = S_MISS_CHAIN; s < S_COUNT; s++)
            c->value[s][0] = '\0';
        return st;
    }
    if (n >= 5 && text_same(v, 5, "data_")) {
        enum status st = loop_check(c, err);
        c->state = OUTSIDE;
        c->blocks++;
        return st;
    }
    return take_value(c, v, n, err);
}

/* A quote ends only before a blank: 5'-end may stand unescaped inside. */
static size_t quoted_length(const char *p, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (p[i] == p[0] && (i + 1 == n || p[i + 1] == ' ' || p[i + 1] == '\t'))
            return i - 1;
    }
    return n;
}

static enum status take_line(struct cif *c, const char *line, size_t len, struct err *err)
{
    size_t at = 0, n;
    enum status st = ST_OK;
    while (!st && at < len && c->blocks <= 1) {
        while (at < len && (line[at] == ' ' || line[at] == '\t'))
            at++;
        if (at >= len || line[at] == '#')
            break;
        if (line[at] == '\'' || line[at] == '"') {
            n = quoted_length(line + at, len - at);
            if (n == len - at)
                return refuse_line(err, input_line_no(c->in), "a quotation mark is not closed");
            st = take_value(c, line + at + 1, n, err);
            at += n + 2;
        } else {
            const char *w = text_word(line, len, &at, &n);
            st = take_word(c, w, n, err);
        }
    }
    return st;
}

/* Lines between two that begin with a semicolon are one value; only its beginning is of use to us. */
static enum status take_text(struct cif *c, const char *line, size_t len, struct err *err)
{
    size_t have = strlen(c->text);
    if (!c->in_text) {
        c->in_text = true;
        text_copy(line + 1, len - 1, c->text, sizeof c->text);
        return ST_OK;
    }
    if (line[0] == ';') {
        c->in_text = false;
        enum status st = take_value(c, c->text, have, err);
        return st ? st : take_line(c, line + 1, len - 1, err);
    }
    text_copy(line, len, c->text + have, sizeof c->text - have);
    return ST_OK;
}

enum status read_cif(struct input *in, struct mol *m, struct err *err)
{
    static struct cif c;
    char *line;
    size_t len;
    enum status st = ST_OK;

    memset(&c, 0, sizeof c);
    c.in = in;
    c.m = m;
    while (!st && c.blocks <= 1 && input_line(in, &line, &len))
        st = c.in_text || line[0] == ';' ? take_text(&c, line, len, err) : take_line(&c, line, len, err);
    if (!st)
        st = input_error(in, err);
    if (st)
        return st;
    if (c.in_text || (c.state == LOOP_VALUES && c.at != 0) || c.state == PAIR)
        return refuse_truncated(err, "the last value is incomplete");
    if (m->natoms == 0 && c.fractional) {
        (void)err_field(err, ST_INVALID, "fractional_cif", NULL,
                        "this is a small-molecule CIF with fractional coordinates, which is not supported");
        return err_hint(err, "Convert it to XYZ, MOL or PDB first.");
    }
    m->cut = input_cut(in);
    box_settle(&c);
    return ST_OK;
}
