/* MDL MOL and SDF, V2000 and V3000: one small molecule with bonds and formal charges; of several the first is read. */
#include "mol.h"
#include "text.h"

#include <string.h>

struct sdf {
    struct input *in;
    struct mol *m;
    int64_t atoms, bonds;
    char *line;
    size_t len;
};

static bool next(struct sdf *s)
{
    return input_line(s->in, &s->line, &s->len);
}

static enum status ended(struct sdf *s, const char *what, struct err *err)
{
    enum status st = input_error(s->in, err);
    return st ? st : refuse_truncated(err, "%s", what);
}

static bool column_int(const struct sdf *s, size_t from, size_t width, int64_t *ret_v)
{
    char t[8];
    size_t n = text_column(s->line, s->len, from, width, t, sizeof t);
    return text_int(t, n, ret_v);
}

static enum status add_atom(struct sdf *s, const char *symbol, const double xyz[3], struct err *err)
{
    unsigned z = element_find(symbol, strlen(symbol));
    if (!z)
        s->m->no_element++;
    return mol_atom(s->m, symbol, z, xyz, 0, input_line_no(s->in), err);
}

/* The old charge column: 1..7 stand for +3 +2 +1 radical -1 -2 -3; "M  CHG" lines replace all of it. */
static int old_charge(const struct sdf *s)
{
    static const int meaning[] = { 0, 3, 2, 1, 0, -1, -2, -3 };
    int64_t code;
    return column_int(s, 36, 3, &code) && code >= 0 && code <= 7 ? meaning[code] : 0;
}

static enum status read_v2000_atom(struct sdf *s, struct err *err)
{
    double xyz[3];
    char symbol[4];
    if (s->len < 32)
        return input_cut(s->in) ? refuse_truncated(err, "an atom line ends too early")
                                : refuse_line(err, input_line_no(s->in), "an atom line is too short");
    for (int i = 0; i < 3; i++) {
        if (!text_double(s->line + 10 * i, 10, &xyz[i]))
            return refuse_coordinates(err, input_line_no(s->in), s->line + 10 * i, 10);
    }
    text_column(s->line, s->len, 31, 3, symbol, sizeof symbol);
    s->m->charge += old_charge(s);
    return add_atom(s, symbol, xyz, err);
}

static void read_charges(struct sdf *s, bool *first)
{
    int64_t n, q;
    if (*first)
        s->m->charge = 0;
    *first = false;
    if (!column_int(s, 6, 3, &n))
        return;
    for (int64_t i = 0; i < n && i < 8; i++) {
        if (column_int(s, 13 + 8 * (size_t)i, 4, &q) && q >= -15 && q <= 15)
            s->m->charge += (double)q;
    }
}

static enum status read_v2000(struct sdf *s, struct err *err)
{
    bool first = true;
    enum status st = ST_OK;
    for (int64_t i = 0; i < s->atoms && !st; i++)
        st = next(s) ? read_v2000_atom(s, err) : ended(s, "atoms are missing", err);
    for (int64_t i = 0; i < s->bonds && !st; i++) {
        int64_t a, b;
        if (!next(s))
            return ended(s, "bonds are missing", err);
        if (!column_int(s, 0, 3, &a) || !column_int(s, 3, 3, &b) || a < 1 || b < 1 || a > s->atoms || b > s->atoms)
            return refuse_line(err, input_line_no(s->in), "a bond must join two atoms of the molecule");
    }
    while (!st) {
        if (!next(s))
            return ended(s, "the line \"M  END\" is missing", err);
        if (strncmp(s->line, "M  END", 6) == 0)
            break;
        if (strncmp(s->line, "M  CHG", 6) == 0)
            read_charges(s, &first);
    }
    return st;
}

/* "M  V30 index type x y z map [KEY=value ...]" */
static enum status read_v3000_atom(struct sdf *s, struct err *err)
{
    double xyz[3];
    char symbol[6] = "";
    size_t at = 6, n;
    const char *w = text_word(s->line, s->len, &at, &n);
    for (int i = -1; w && i < 3; i++) {
        w = text_word(s->line, s->len, &at, &n);
        if (w && i < 0)
            text_copy(w, n, symbol, sizeof symbol);
        else if (w && !text_double(w, n, &xyz[i]))
            return refuse_coordinates(err, input_line_no(s->in), w, n);
    }
    if (!w)
        return refuse_line(err, input_line_no(s->in), "an atom needs a type and three coordinates");
    while ((w = text_word(s->line, s->len, &at, &n))) {
        int64_t q;
        if (n > 4 && strncmp(w, "CHG=", 4) == 0 && text_int(w + 4, n - 4, &q) && q >= -15 && q <= 15)
            s->m->charge += (double)q;
    }
    return add_atom(s, symbol, xyz, err);
}

static enum status read_v3000(struct sdf *s, struct err *err)
{
    bool in_atoms = false;
    int64_t declared = -1;
    enum status st = ST_OK;
    while (!st) {
        if (!next(s))
            return ended(s, "the line \"M  END\" is missing", err);
        if (strncmp(s->line, "M  END", 6) == 0)
            break;
        if (strncmp(s->line, "M  V30 ", 7) != 0)
            return refuse_line(err, input_line_no(s->in), "a V3000 line must begin with \"M  V30\"");
        const char *p = s->line + 7;
        size_t at = 6, n;
        const char *w;
        if (strncmp(p, "COUNTS", 6) == 0) {
            at = 13;
            w = text_word(s->line, s->len, &at, &n);
            if (!w || !text_int(w, n, &declared))
                return refuse_line(err, input_line_no(s->in), "the number of atoms is missing");
        } else if (strncmp(p, "BEGIN ATOM", 10) == 0) {
            in_atoms = true;
        } else if (strncmp(p, "END ATOM", 8) == 0) {
            in_atoms = false;
        } else if (in_atoms) {
            st = read_v3000_atom(s, err);
        }
    }
    if (!st && declared != (int64_t)s->m->natoms)
        return refuse_truncated(err, "it announces %lld atoms and holds %u", (long long)declared, s->m->natoms);
    return st;
}

enum status read_sdf(struct input *in, struct mol *m, struct err *err)
{
    struct sdf s = { .in = in, .m = m };
    bool more = false;

    m->residues_known = false;
    for (int i = 0; i < 4; i++) {
        if (!next(&s))
            return ended(&s, "the header is missing", err);
        if (i == 0)
            text_column(s.line, s.len, 0, 80, m->title, sizeof m->title);
        if (i == 1) /* "2D" in columns 21-22 */
            m->flat_declared = s.len >= 22 && memcmp(s.line + 20, "2D", 2) == 0;
    }
    bool v3000 = strstr(s.line, "V3000") != NULL;
    if (!column_int(&s, 0, 3, &s.atoms) || !column_int(&s, 3, 3, &s.bonds) || s.atoms < 0 || s.bonds < 0)
        return refuse_line(err, 4, "the fourth line of a MOL file holds the numbers of atoms and bonds");
    enum status st = v3000 ? read_v3000(&s, err) : read_v2000(&s, err);
    m->has_charge = true;
    m->models = 1;
    while (!st && next(&s)) {
        if (strncmp(s.line, "$$$$", 4) == 0)
            more = true;
        else if (more && s.len > 0 && (strstr(s.line, "V2000") || strstr(s.line, "V3000")))
            m->models++;
    }
    return st ? st : input_error(in, err);
}
