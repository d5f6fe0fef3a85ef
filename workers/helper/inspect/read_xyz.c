/* XYZ: number of atoms, comment, one atom a line (symbol or atomic number, then A). Extended XYZ's Lattice is read. */
#include "mol.h"
#include "text.h"

#include <string.h>

static void read_lattice(struct mol *m, const char *line)
{
    const char *p = strstr(line, "Lattice=\"");
    double v[9];
    if (!p)
        return;
    p += strlen("Lattice=\"");
    size_t len = strcspn(p, "\""), at = 0, n;
    for (int i = 0; i < 9; i++) {
        const char *w = text_word(p, len, &at, &n);
        if (!w || !text_double(w, n, &v[i]))
            return;
    }
    mol_box_vectors(m, v);
}

static enum status read_atom(struct input *in, struct mol *m, const char *line, size_t len, struct err *err)
{
    double xyz[3];
    char name[6];
    size_t at = 0, n;
    int64_t z;
    uint64_t no = input_line_no(in);

    const char *w = text_word(line, len, &at, &n);
    if (!w)
        return refuse_line(err, no, "an atom was expected here");
    unsigned element = text_int(w, n, &z) && z > 0 && z <= ELEMENT_MAX ? (unsigned)z : element_find(w, n);
    if (!element) { /* labels such as C12 */
        size_t k = 0;
        while (k < n && ((w[k] | 32) >= 'a' && (w[k] | 32) <= 'z'))
            k++;
        element = k ? element_find(w, k) : 0;
        m->no_element++;
    }
    if (!element)
        return refuse_line(err, no, "the first word of an atom line must be an element");
    text_copy(w, n, name, sizeof name);
    for (int i = 0; i < 3; i++) {
        w = text_word(line, len, &at, &n);
        if (!w)
            return input_cut(in) ? refuse_truncated(err, "line %llu ends inside an atom", (unsigned long long)no)
                                 : refuse_line(err, no, "an atom needs three coordinates");
        if (!text_double(w, n, &xyz[i]))
            return refuse_coordinates(err, no, w, n);
    }
    return mol_atom(m, name, element, xyz, 0, no, err);
}

enum status read_xyz(struct input *in, struct mol *m, struct err *err)
{
    char *line;
    size_t len;
    int64_t declared;

    m->residues_known = false;
    if (!input_line(in, &line, &len) || !text_int(line, len, &declared) || declared < 0)
        return refuse_line(err, 1, "the first line of an XYZ file is the number of atoms");
    if (!input_line(in, &line, &len))
        return input_error(in, err) ? input_error(in, err) : refuse_truncated(err, "there are no atoms");
    text_column(line, len, 0, 255, m->title, sizeof m->title);
    read_lattice(m, line);
    for (int64_t i = 0; i < declared; i++) {
        if (!input_line(in, &line, &len))
            return input_error(in, err) ? input_error(in, err)
                                        : refuse_truncated(err, "it announces %lld atoms and holds %lld",
                                                           (long long)declared, (long long)i);
        enum status st = read_atom(in, m, line, len, err);
        if (st)
            return st;
    }
    m->models = 1;
    while (input_line(in, &line, &len)) {
        int64_t next;
        if (m->models == 1 && text_int(line, len, &next))
            m->models = 2;
    }
    return input_error(in, err);
}
