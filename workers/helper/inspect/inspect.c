/* From bytes to a report: recognise the format by content first and name second, read, check, write. */
#include "inspect.h"
#include "findings.h"
#include "report.h"
#include "text.h"

#include "../../../portal/core/str.h"

#include <string.h>
#include <strings.h>

#define HEAD_LINES 2000

struct head_line {
    const char *p;
    size_t n;
};

/* Line `no` (from 0) of the head; an empty one past the end. */
static struct head_line head_line(const char *head, size_t n, int no)
{
    for (; no > 0; no--) {
        const char *nl = memchr(head, '\n', n);
        if (!nl)
            return (struct head_line){ "", 0 };
        n -= (size_t)(nl + 1 - head);
        head = nl + 1;
    }
    const char *nl = memchr(head, '\n', n);
    size_t len = nl ? (size_t)(nl - head) : n;
    while (len > 0 && head[len - 1] == '\r')
        len--;
    return (struct head_line){ head, len };
}

static bool is_count(struct head_line l)
{
    int64_t v;
    return text_int(l.p, l.n, &v) && v >= 0;
}

static bool is_xyz_atom(struct head_line l)
{
    size_t at = 0, n;
    double v;
    const char *w = text_word(l.p, l.n, &at, &n);
    for (int i = 0; w && i < 3; i++) {
        w = text_word(l.p, l.n, &at, &n);
        if (w && !text_double(w, n, &v))
            return false;
    }
    return w != NULL;
}

static bool is_gro(const char *head, size_t n)
{
    struct head_line atom = head_line(head, n, 2);
    int64_t seq;
    return is_count(head_line(head, n, 1)) && atom.n >= 32 && text_int(atom.p, 5, &seq) &&
           memchr(atom.p + 20, '.', atom.n - 20);
}

static bool starts(struct head_line l, const char *word)
{
    return l.n >= strlen(word) && strncasecmp(l.p, word, strlen(word)) == 0;
}

/* PDB records and the marks of CIF and MOL2 may come after comments. */
static const char *format_by_record(const char *head, size_t n)
{
    static const char *const pdb[] = {
        "ATOM  ", "HETATM", "HEADER", "CRYST1", "MODEL ", "COMPND", "SEQRES", "REMARK "
    };
    for (int no = 0; no < HEAD_LINES && n > 0; no++) {
        struct head_line l = head_line(head, n, 0);
        if (starts(l, "data_"))
            return "cif";
        if (starts(l, "@<TRIPOS>"))
            return "mol2";
        for (size_t i = 0; i < sizeof pdb / sizeof *pdb; i++) {
            if (l.n >= strlen(pdb[i]) && memcmp(l.p, pdb[i], strlen(pdb[i])) == 0)
                return "pdb";
        }
        const char *nl = memchr(head, '\n', n);
        if (!nl)
            break;
        n -= (size_t)(nl + 1 - head);
        head = nl + 1;
    }
    return NULL;
}

static const char *format_by_content(const char *head, size_t n)
{
    struct head_line fourth = head_line(head, n, 3);
    for (size_t i = 0; i + 5 <= fourth.n; i++) {
        if (memcmp(fourth.p + i, "V2000", 5) == 0 || memcmp(fourth.p + i, "V3000", 5) == 0)
            return "sdf";
    }
    if (is_gro(head, n))
        return "gro";
    if (is_count(head_line(head, n, 0)) && is_xyz_atom(head_line(head, n, 2)))
        return "xyz";
    return format_by_record(head, n);
}

static const char *format_by_name(const char *name)
{
    static const struct {
        const char *end, *format;
    } known[] = { { ".pdb", "pdb" }, { ".ent", "pdb" }, { ".cif", "cif" }, { ".mmcif", "cif" },
                  { ".gro", "gro" }, { ".sdf", "sdf" }, { ".mol", "sdf" }, { ".mol2", "mol2" },
                  { ".xyz", "xyz" }, { ".sd", "sdf" },  { ".pqr", "pdb" }, { ".extxyz", "xyz" } };
    size_t n = strlen(name);
    if (n > 3 && strcasecmp(name + n - 3, ".gz") == 0)
        n -= 3;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t k = strlen(known[i].end);
        if (n >= k && strncasecmp(name + n - k, known[i].end, k) == 0)
            return known[i].format;
    }
    return NULL;
}

static const struct {
    const char *format;
    enum status (*read)(struct input *in, struct mol *m, struct err *err);
} g_readers[] = { { "pdb", read_pdb }, { "cif", read_cif },   { "gro", read_gro },
                  { "sdf", read_sdf }, { "mol2", read_mol2 }, { "xyz", read_xyz } };

static enum status read_any(struct input *in, const char *name, struct mol *m, struct err *err)
{
    size_t n;
    const char *head = input_head(in, &n);
    const char *format = format_by_content(head, n);
    if (!format)
        format = format_by_name(name);
    for (size_t i = 0; format && i < sizeof g_readers / sizeof *g_readers; i++) {
        if (strcmp(format, g_readers[i].format) == 0) {
            mol_init(m, input_limits(in), format);
            return g_readers[i].read(in, m, err);
        }
    }
    (void)err_field(err, ST_INVALID, "unknown_format", NULL,
                    "neither the content nor the name of the file is that of a structure format we know");
    return err_hint(err, "Upload PDB, mmCIF, GRO, SDF/MOL, MOL2 or XYZ.");
}

static enum status check_all(struct mol *m, struct buf *out, struct err *err)
{
    static struct findings found;
    static struct facts facts;
    memset(&found, 0, sizeof found);
    memset(&facts, 0, sizeof facts);
    enum status st = gather_residues(m, &found, err);
    if (st)
        return st;
    check_kinds(m, &facts);
    check_residues(m, &facts, &found);
    check_chains(m, &facts, &found);
    st = check_space(m, &facts, &found, err);
    if (st)
        return st;
    check_file(m, &facts, &found);
    report_write(m, &facts, &found, out);
    return buf_ok(out) ? ST_OK : err_set(err, ST_TOOBIG, "the report on this structure is too long");
}

enum status inspect_structure(int fd, const void *mem, size_t n, const char *name, const struct inspect_limits *lim,
                              struct buf *out, struct err *err)
{
    static struct mol m;
    struct input *in = NULL;

    memset(&m, 0, sizeof m);
    enum status st = input_open(fd, mem, n, lim, &in, err);
    if (!st)
        st = read_any(in, name, &m, err);
    if (!st && m.natoms == 0) {
        st = err_field(err, ST_INVALID, "no_atoms", NULL, "there are no atoms in the file");
        (void)err_hint(err, "Is it the right file? Some programs write headers and stop.");
    }
    if (!st)
        st = check_all(&m, out, err);
    mol_free(&m);
    input_close(in);
    return st;
}
