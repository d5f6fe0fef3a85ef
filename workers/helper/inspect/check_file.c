/* The file as a whole: several models, its box, its element column, whether its end is there. */
#include "findings.h"

void check_file(const struct mol *m, const struct facts *x, struct findings *f)
{
    if (m->models > 1) {
        struct finding *n = finding_add(f, LV_WARNING, "multi_model",
                                        "Only the first one is used; upload another one by itself to use that.");
        /* GRO and XYZ are not read to their end, trajectories may be long. */
        const char *least = m->format[0] == 'g' || m->format[0] == 'x' ? "at least " : "";
        finding_text(n, "The file holds %s%u %s.", least, m->models,
                     m->residues_known ? "models" : "molecules or frames");
        n->count = m->models;
    }
    if (m->cut) {
        struct finding *n = finding_add(f, LV_WARNING, "maybe_truncated",
                                        "An upload or a program may have stopped early; compare with the original.");
        finding_text(n, "The file does not end as such files do; its last part may be missing.");
    }
    if (m->no_element && m->no_element * 2 > m->natoms && (m->format[0] == 'p' || m->format[0] == 'c')) {
        struct finding *n =
            finding_add(f, LV_INFO, "elements_guessed", "Atoms of metals and halogens could be mistaken for others.");
        finding_text(n, "The file names no elements; they were told from the atoms' names.");
    }
    if (m->placeholder_box) {
        struct finding *n = finding_add(f, LV_INFO, "placeholder_box", "A template that needs a box makes its own.");
        finding_text(n, "The unit cell in the file is a placeholder, not a real box.");
    }
    if (m->residues_known && x->protein == 0 && x->nucleic == 0 && x->ligands == 0 && x->waters > 0) {
        struct finding *n = finding_add(f, LV_INFO, "only_water", "There is no solute to study.");
        finding_text(n, "The file holds only water and ions.");
    }
}
