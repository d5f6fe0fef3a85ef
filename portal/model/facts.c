/* Facts by name. Plain counts are read from the document under their own name;
 * the others (chains, ligands, box volume, sides, site) are computed here.
 */
#include "facts.h"

#include "../core/str.h"

#include <math.h>

static const char *const g_counts[] = {
    "atoms", "heavy_atoms", "hydrogens", "residues", "protein_residues", "nucleic_residues", "waters",
    "ions",  "models",      "altlocs",   "gaps",     "missing_atoms",    "clashes",          "charge",
};

static double member_num(const json_t *o, const char *name)
{
    double v = json_number_value(json_object_get(o, name));

    return isfinite(v) ? v : 0;
}

static double ligand_count(const json_t *facts)
{
    const json_t *list = json_object_get(facts, "ligands");
    double sum = 0;

    for (size_t i = 0; i < json_array_size(list); i++)
        sum += member_num(json_array_get(list, i), "count");
    return sum;
}

/* V = abc sqrt(1 - cos²α - cos²β - cos²γ + 2 cosα cosβ cosγ) */
static double box_volume(const json_t *facts)
{
    const json_t *box = json_object_get(facts, "box_a");
    double v[6], c[3];

    if (json_array_size(box) != 6)
        return 0;
    for (size_t i = 0; i < 6; i++)
        v[i] = json_number_value(json_array_get(box, i));
    for (size_t i = 0; i < 3; i++)
        c[i] = cos(v[3 + i] * (acos(-1.0) / 180));
    double s = 1 - c[0] * c[0] - c[1] * c[1] - c[2] * c[2] + 2 * c[0] * c[1] * c[2];
    double volume = s > 0 ? v[0] * v[1] * v[2] * sqrt(s) : 0;
    return isfinite(volume) && volume > 0 ? volume : 0;
}

static double side(const json_t *facts, size_t axis)
{
    const json_t *bounds = json_object_get(facts, "bounds_a");
    double lo = json_number_value(json_array_get(json_array_get(bounds, 0), axis));
    double hi = json_number_value(json_array_get(json_array_get(bounds, 1), axis));

    return isfinite(hi - lo) && hi > lo ? hi - lo : 0;
}

bool fact_get(const json_t *facts, const struct fact_site *site, const char *name, double *ret_v)
{
    for (size_t i = 0; i < sizeof g_counts / sizeof *g_counts; i++) {
        if (str_eq(g_counts[i], name)) {
            *ret_v = member_num(facts, name);
            return true;
        }
    }
    if (str_eq(name, "chains"))
        *ret_v = (double)json_array_size(json_object_get(facts, "chains"));
    else if (str_eq(name, "ligands"))
        *ret_v = ligand_count(facts);
    else if (str_eq(name, "box_volume_a3"))
        *ret_v = box_volume(facts);
    else if (str_eq(name, "size_x_a"))
        *ret_v = side(facts, 0);
    else if (str_eq(name, "size_y_a"))
        *ret_v = side(facts, 1);
    else if (str_eq(name, "size_z_a"))
        *ret_v = side(facts, 2);
    else if (str_eq(name, "site_cpus"))
        *ret_v = site ? site->cpus : 0;
    else if (str_eq(name, "site_gpus"))
        *ret_v = site ? site->gpus : 0;
    else
        return false;
    return true;
}

bool fact_known(const char *name)
{
    double v;

    return fact_get(NULL, NULL, name, &v);
}
