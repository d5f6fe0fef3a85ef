/* GRO: title, number of atoms, atoms in columns (nm, as many decimals as the writer liked), box. */
#include "mol.h"
#include "text.h"

#include <string.h>

struct columns {
    size_t from, width;
};

/* The width of a coordinate is the distance between two decimal points; where a word such as nan stands between them,
 * it is five more than the decimals, as the format's own writers have it. */
static bool find_columns(const char *line, size_t len, struct columns *ret_c)
{
    if (len < 20)
        return false;
    const char *first = memchr(line + 20, '.', len - 20);
    const char *second = first ? memchr(first + 1, '.', len - (size_t)(first + 1 - line)) : NULL;
    if (!second)
        return false;
    *ret_c = (struct columns){ .from = 20, .width = (size_t)(second - first) };
    size_t decimals = strspn(first + 1, "0123456789");
    for (const char *p = first; p < second; p++) {
        if ((*p | 32) >= 'a' && (*p | 32) <= 'z')
            ret_c->width = decimals + 5;
    }
    return ret_c->width >= 4 && ret_c->width <= 24;
}

static enum status read_atom(struct input *in, struct mol *m, const char *line, size_t len, const struct columns *c,
                             struct err *err)
{
    char res[6], name[6], seq_text[6];
    double xyz[3];
    int64_t seq;
    uint64_t no = input_line_no(in);

    if (len < c->from + 3 * c->width)
        return input_cut(in) ? refuse_truncated(err, "line %llu ends inside an atom", (unsigned long long)no)
                             : refuse_line(err, no, "an atom line is too short");
    if (!text_int(seq_text, text_column(line, len, 0, 5, seq_text, sizeof seq_text), &seq))
        return refuse_line(err, no, "the residue number (columns 1-5) is not a number");
    text_column(line, len, 5, 5, res, sizeof res);
    text_column(line, len, 10, 5, name, sizeof name);
    for (int i = 0; i < 3; i++) {
        const char *p = line + c->from + (size_t)i * c->width;
        if (!text_double(p, c->width, &xyz[i]))
            return refuse_coordinates(err, no, p, c->width);
        xyz[i] *= 10;
    }
    enum status st = mol_residue(m, &(struct place){ .chain = "", .res = res, .atom = name, .seq = (int32_t)seq }, err);
    m->no_element++;
    return st ? st : mol_atom(m, name, element_guess(name, res, false), xyz, 0, no, err);
}

/* "v1x v2y v3z [v1y v1z v2x v2z v3x v3y]" in nm. */
static void read_box(struct mol *m, const char *line, size_t len)
{
    static const int place[9] = { 0, 4, 8, 1, 2, 3, 5, 6, 7 };
    double v[9] = { 0 };
    size_t at = 0, n;
    const char *w;
    for (int i = 0; i < 9 && (w = text_word(line, len, &at, &n)); i++) {
        double x;
        if (!text_double(w, n, &x))
            return;
        v[place[i]] = x * 10;
    }
    mol_box_vectors(m, v);
}

enum status read_gro(struct input *in, struct mol *m, struct err *err)
{
    struct columns c = { 0 };
    char *line;
    size_t len;
    int64_t declared;

    if (!input_line(in, &line, &len))
        return input_error(in, err) ? input_error(in, err) : refuse_truncated(err, "there is no title");
    text_column(line, len, 0, 255, m->title, sizeof m->title);
    if (!input_line(in, &line, &len))
        return input_error(in, err) ? input_error(in, err) : refuse_truncated(err, "the number of atoms is missing");
    if (!text_int(line, len, &declared) || declared < 0)
        return refuse_line(err, 2, "the second line of a GRO file is the number of atoms");
    for (int64_t i = 0; i < declared; i++) {
        if (!input_line(in, &line, &len))
            return input_error(in, err) ? input_error(in, err)
                                        : refuse_truncated(err, "it announces %lld atoms and holds %lld",
                                                           (long long)declared, (long long)i);
        if (i == 0 && !find_columns(line, len, &c))
            return refuse_line(err, 3, "no coordinates where a GRO file has them");
        enum status st = read_atom(in, m, line, len, &c, err);
        if (st)
            return st;
    }
    m->models = 1;
    if (!input_line(in, &line, &len))
        return input_error(in, err) ? input_error(in, err)
                                    : refuse_truncated(err, "the box line at the end is missing");
    read_box(m, line, len);
    while (input_line(in, &line, &len)) {
        if (len > 0 && m->models == 1)
            m->models = 2; /* a trajectory; how long does not matter */
    }
    return input_error(in, err);
}
