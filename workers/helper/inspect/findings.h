/* What the checks have seen: numbers (facts) and remarks for people (findings). */
#ifndef ATH_INSPECT_FINDINGS_H
#define ATH_INSPECT_FINDINGS_H

#include "mol.h"

#define WHERE_MAX    50
#define FINDINGS_MAX 48

enum level { LV_INFO, LV_WARNING, LV_ERROR };

struct finding {
    enum level level;
    const char *code, *why;
    char text[320];
    struct note where[WHERE_MAX];
    uint32_t nwhere, count;
};

struct findings {
    struct finding v[FINDINGS_MAX];
    uint32_t n;
};

struct facts {
    uint32_t by_element[ELEMENT_MAX + 1];
    uint32_t heavy, hydrogens, protein, nucleic, waters, ions, ligands, modified, caps;
    uint32_t gaps, missing_residues, missing_backbone, missing_side, clashes, overlaps;
    bool clashes_many; /* more than were counted */
    int charge_ph7;
    double lo[3], hi[3];
};

/* A remark with nothing in it yet; NULL never: the last one is used again when there are too many. */
struct finding *finding_add(struct findings *f, enum level level, const char *code, const char *why);
void finding_where(struct finding *f, const char *where); /* also counts */
void finding_residue(struct finding *f, const struct mol *m, uint32_t residue);
void finding_text(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The checks, in this order: each relies on what those before it have settled in m and facts. */
enum status gather_residues(struct mol *m, struct findings *f, struct err *err); /* residues in one piece each */
void check_kinds(struct mol *m, struct facts *x); /* kinds and letters of residues, counts */
void check_residues(const struct mol *m, struct facts *x,
                    struct findings *f);                                     /* atoms missing in residues, chemistry */
void check_chains(const struct mol *m, struct facts *x, struct findings *f); /* gaps, breaks, disulfides, numbering */
enum status check_space(const struct mol *m, struct facts *x, struct findings *f, struct err *err); /* clashes */
void check_file(const struct mol *m, const struct facts *x, struct findings *f); /* models, box, how it was written */

#endif
