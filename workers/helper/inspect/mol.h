/* A structure in memory, as the readers fill it: atoms in file order, grouped into residues, those into chains.
 * Only the first model and, of alternative locations, the first one is kept. One owner; every growth is bounded.
 */
#ifndef ATH_INSPECT_MOL_H
#define ATH_INSPECT_MOL_H

#include "chem.h"
#include "input.h"

#include "../../../portal/core/err.h"

#define NOTES_MAX 400 /* residues listed by the file as missing that we keep by name; all are counted */

enum atom_flag { ATOM_HETERO = 1, ATOM_ZERO_OCC = 2 };

struct atom {
    float x, y, z;
    uint32_t res;
    char name[6]; /* NUL-terminated */
    uint8_t element, flags;
};

struct residue {
    char name[6];
    char icode;   /* 0 none */
    uint8_t kind; /* enum res_kind, settled by check_residues */
    char letter;
    bool altloc;
    int32_t seq;
    uint32_t chain, first, count; /* of its atoms */
};

struct chain {
    char id[8];
    bool closed;     /* TER seen: what follows under the same blank id is another chain */
    uint32_t seqres; /* residues the file says were in the experiment, 0 unknown */
};

struct note {
    char text[24];
};

struct mol {
    const struct inspect_limits *lim;
    const char *format;
    bool residues_known; /* false: a molecule without residues, as in SDF and XYZ */
    char title[256];
    struct atom *atoms;
    struct residue *residues;
    struct chain *chains;
    uint32_t natoms, nresidues, nchains, cap_atoms, cap_residues, cap_chains;
    uint32_t altlocs;    /* atoms left out as alternatives */
    uint32_t models;     /* or molecules of a multi-molecule file */
    uint32_t no_element; /* elements guessed from names */
    uint32_t nmissing;   /* residues the file lists as missing */
    struct note missing[NOTES_MAX];
    bool has_box, placeholder_box, has_charge, flat_declared, cut; /* cut: signs of a file that lost its end */
    double box[6];                                                 /* a b c in A, alpha beta gamma in degrees */
    double charge;
    uint32_t nmodres, nssbond;
};

void mol_init(struct mol *m, const struct inspect_limits *lim, const char *format);
void mol_free(struct mol *m);

/* Where an atom belongs; the texts may be longer than we keep. */
struct place {
    const char *chain, *res;
    const char *atom; /* the one to come, or NULL: a second oxygen under one number is another water */
    int32_t seq;
    char icode;
};

/* Opens the residue unless it is the open one. */
enum status mol_residue(struct mol *m, const struct place *p, struct err *err);
/* Adds to the open residue (opens an unnamed one when there is none); ST_INVALID on coordinates out of reason. */
enum status mol_atom(struct mol *m, const char *name, unsigned element, const double xyz[3], unsigned flags,
                     uint64_t line, struct err *err);
uint32_t mol_chain(struct mol *m, const char *id, struct err *err); /* its index; UINT32_MAX on error */
void mol_missing(struct mol *m, const char *chain, int64_t seq);
void mol_where(const struct mol *m, uint32_t residue, char *out, size_t cap); /* "A:23" */
/* Box from three vectors in A. */
void mol_box_vectors(struct mol *m, const double v[9]);

/* The readers. Each takes the input from its first line and refuses in words. */
enum status read_pdb(struct input *in, struct mol *m, struct err *err);
enum status read_cif(struct input *in, struct mol *m, struct err *err);
enum status read_gro(struct input *in, struct mol *m, struct err *err);
enum status read_sdf(struct input *in, struct mol *m, struct err *err);
enum status read_mol2(struct input *in, struct mol *m, struct err *err);
enum status read_xyz(struct input *in, struct mol *m, struct err *err);

/* Common refusals. */
enum status refuse_coordinates(struct err *err, uint64_t line, const char *field, size_t n);
enum status refuse_truncated(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
enum status refuse_line(struct err *err, uint64_t line, const char *what);

#endif
