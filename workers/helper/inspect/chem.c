/* Elements with covalent radii (Cordero and others, 2008) and the residues that force fields know by name, in the
 * spellings of the PDB, Amber, CHARMM and GROMACS.
 */
#include "chem.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    char symbol[3];
    float radius;
} g_elements[ELEMENT_MAX + 1] = {
    { "X", 0.77f },  { "H", 0.31f },  { "He", 0.28f }, { "Li", 1.28f }, { "Be", 0.96f }, { "B", 0.84f },
    { "C", 0.76f },  { "N", 0.71f },  { "O", 0.66f },  { "F", 0.57f },  { "Ne", 0.58f }, { "Na", 1.66f },
    { "Mg", 1.41f }, { "Al", 1.21f }, { "Si", 1.11f }, { "P", 1.07f },  { "S", 1.05f },  { "Cl", 1.02f },
    { "Ar", 1.06f }, { "K", 2.03f },  { "Ca", 1.76f }, { "Sc", 1.70f }, { "Ti", 1.60f }, { "V", 1.53f },
    { "Cr", 1.39f }, { "Mn", 1.39f }, { "Fe", 1.32f }, { "Co", 1.26f }, { "Ni", 1.24f }, { "Cu", 1.32f },
    { "Zn", 1.22f }, { "Ga", 1.22f }, { "Ge", 1.20f }, { "As", 1.19f }, { "Se", 1.20f }, { "Br", 1.20f },
    { "Kr", 1.16f }, { "Rb", 2.20f }, { "Sr", 1.95f }, { "Y", 1.90f },  { "Zr", 1.75f }, { "Nb", 1.64f },
    { "Mo", 1.54f }, { "Tc", 1.47f }, { "Ru", 1.46f }, { "Rh", 1.42f }, { "Pd", 1.39f }, { "Ag", 1.45f },
    { "Cd", 1.44f }, { "In", 1.42f }, { "Sn", 1.39f }, { "Sb", 1.39f }, { "Te", 1.38f }, { "I", 1.39f },
    { "Xe", 1.40f }, { "Cs", 2.44f }, { "Ba", 2.15f }, { "La", 2.07f }, { "Ce", 2.04f }, { "Pr", 2.03f },
    { "Nd", 2.01f }, { "Pm", 1.99f }, { "Sm", 1.98f }, { "Eu", 1.98f }, { "Gd", 1.96f }, { "Tb", 1.94f },
    { "Dy", 1.92f }, { "Ho", 1.92f }, { "Er", 1.89f }, { "Tm", 1.90f }, { "Yb", 1.87f }, { "Lu", 1.87f },
    { "Hf", 1.75f }, { "Ta", 1.70f }, { "W", 1.62f },  { "Re", 1.51f }, { "Os", 1.44f }, { "Ir", 1.41f },
    { "Pt", 1.36f }, { "Au", 1.36f }, { "Hg", 1.32f }, { "Tl", 1.45f }, { "Pb", 1.46f }, { "Bi", 1.48f },
    { "Po", 1.40f }, { "At", 1.50f }, { "Rn", 1.50f }, { "Fr", 2.60f }, { "Ra", 2.21f }, { "Ac", 2.15f },
    { "Th", 2.06f }, { "Pa", 2.00f }, { "U", 1.96f },  { "Np", 1.90f }, { "Pu", 1.87f }, { "Am", 1.80f },
    { "Cm", 1.69f },
};

/* Sorted by name for bsearch; a test checks the order. */
static const struct res_info g_residues[] = {
#define RES(name, kind, letter, charge, side) { name, RES_##kind, letter, charge, side },
#include "residues.def"
#undef RES
};

const char *element_symbol(unsigned z)
{
    return g_elements[z <= ELEMENT_MAX ? z : 0].symbol;
}
double element_radius(unsigned z)
{
    return (double)g_elements[z <= ELEMENT_MAX ? z : 0].radius;
}

unsigned element_find(const char *s, size_t n)
{
    if (n == 1 && (toupper((unsigned char)*s) == 'D' || toupper((unsigned char)*s) == 'T'))
        return 1;
    for (unsigned z = 1; n >= 1 && n <= 2 && z <= ELEMENT_MAX; z++) {
        if (text_same(s, n, g_elements[z].symbol))
            return z;
    }
    return 0;
}

bool element_is_metal(unsigned z)
{
    static const unsigned char other[] = { 0,  1,  2,  5,  6,  7,  8,  9,  10, 14, 15, 16,
                                           17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86 };
    return !memchr(other, (int)z, sizeof other);
}

/* In polymers and water the first letter is the element. Elsewhere the PDB puts two-letter symbols one column further
 * left, and files without columns leave only the spelling to go by. */
unsigned element_guess(const char *name, const char *res, bool columns)
{
    static const char *const pairs[] = { "CL", "BR", "NA", "MG", "ZN", "FE", "MN", "CU", "NI", "SE", "LI", "SI" };
    const struct res_info *r = res_find(res);
    const char *p = name;
    while (*p && !isalpha((unsigned char)*p))
        p++;
    if (!*p)
        return 0;
    if (r && r->kind == RES_ION) {
        size_t n = isalpha((unsigned char)p[1]) ? 2 : 1;
        if (strcasecmp(res, "SOD") == 0 || strcasecmp(res, "POT") == 0 || strcasecmp(res, "CES") == 0)
            return strcasecmp(res, "SOD") == 0 ? 11 : strcasecmp(res, "POT") == 0 ? 19 : 55;
        if (strcasecmp(res, "CLA") == 0 || strcasecmp(res, "IOD") == 0)
            return strcasecmp(res, "CLA") == 0 ? 17 : 53;
        unsigned z = element_find(p, n);
        return z ? z : element_find(p, 1);
    }
    if (!r || r->kind == RES_OTHER || r->kind == RES_MODIFIED) {
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
            bool placed = !columns || (name[0] != ' ' && p == name);
            if (placed && strncasecmp(p, pairs[i], 2) == 0)
                return element_find(p, 2);
        }
    }
    return element_find(p, 1);
}

static int res_compare(const void *key, const void *row)
{
    return strcasecmp(key, ((const struct res_info *)row)->name);
}

const struct res_info *res_find(const char *name)
{
    return bsearch(name, g_residues, sizeof g_residues / sizeof *g_residues, sizeof *g_residues, res_compare);
}
