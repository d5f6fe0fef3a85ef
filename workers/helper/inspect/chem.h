/* What we know of elements and residues by name. Pure tables, any thread. */
#ifndef ATH_INSPECT_CHEM_H
#define ATH_INSPECT_CHEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELEMENT_MAX 96 /* Cm */

const char *element_symbol(unsigned z);         /* "X" for 0 */
double element_radius(unsigned z);              /* covalent, in A */
unsigned element_find(const char *s, size_t n); /* any case; D and T are hydrogen; 0 unknown */
/* From an atom's name where the file has no element: name as in the file's four columns when `columns`. */
unsigned element_guess(const char *name, const char *res, bool columns);
bool element_is_metal(unsigned z);

enum res_kind { RES_OTHER, RES_AMINO, RES_MODIFIED, RES_CAP, RES_NUCLEIC, RES_WATER, RES_ION };

struct res_info {
    const char *name;
    enum res_kind kind;
    char letter;
    int8_t charge;          /* of the side chain at pH 7, by its name */
    const char *side_chain; /* heavy atoms beyond N CA C O, separated by spaces; NULL not checked */
};

const struct res_info *res_find(const char *name); /* NULL when the name tells nothing */

#endif
