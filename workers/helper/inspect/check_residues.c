/* Residues one by one: what each is, whether its atoms are all there, and what a force field will not know. */
#include "findings.h"
#include "text.h"

#include <string.h>

static bool has_atom(const struct mol *m, const struct residue *r, const char *name)
{
    for (uint32_t i = r->first; i < r->first + r->count; i++) {
        if (strcmp(m->atoms[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool has_oxygen(const struct mol *m, const struct residue *r)
{
    static const char *const names[] = { "O", "OT1", "OC1", "O1", "OT", "OXT", "OT2" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (has_atom(m, r, names[i]))
            return true;
    }
    return false;
}

static void settle_kind(const struct mol *m, struct residue *r)
{
    const struct res_info *info = res_find(r->name);
    r->letter = 'X';
    if (info) {
        r->kind = (uint8_t)info->kind;
        r->letter = info->letter ? info->letter : 'X';
        if (r->count == 1 && info->kind == RES_NUCLEIC && m->atoms[r->first].element == 53)
            r->kind = RES_ION; /* I: iodide, not inosine */
        if (info->kind == RES_ION && r->count > 1)
            r->kind = RES_OTHER;
    } else if (r->count == 1 && element_find(r->name, strlen(r->name))) {
        r->kind = RES_ION;
    } else if (has_atom(m, r, "N") && has_atom(m, r, "CA") && has_atom(m, r, "C") && has_oxygen(m, r)) {
        r->kind = RES_MODIFIED;
    } else {
        r->kind = RES_OTHER;
    }
}

void check_kinds(struct mol *m, struct facts *x)
{
    for (uint32_t i = 0; i < m->natoms; i++) {
        unsigned z = m->atoms[i].element;
        x->by_element[z]++;
        x->hydrogens += z == 1;
    }
    x->heavy = m->natoms - x->hydrogens;
    for (uint32_t i = 0; m->residues_known && i < m->nresidues; i++) {
        struct residue *r = &m->residues[i];
        settle_kind(m, r);
        const struct res_info *info = res_find(r->name);
        switch ((enum res_kind)r->kind) {
        case RES_AMINO:
            x->charge_ph7 += info->charge;
            x->protein++;
            break;
        case RES_MODIFIED:
            x->modified++;
            x->protein++;
            break;
        case RES_NUCLEIC:
            x->nucleic++;
            break;
        case RES_WATER:
            x->waters++;
            break;
        case RES_ION:
            x->ions++;
            break;
        case RES_CAP:
            x->caps++;
            break;
        case RES_OTHER:
            x->ligands++;
            break;
        }
    }
}

/* How many atoms of the list (names with blanks between) the residue lacks. ILE's CD1 is CD in CHARMM. */
static uint32_t count_missing(const struct mol *m, const struct residue *r, const char *list)
{
    uint32_t missing = 0;
    size_t at = 0, n;
    const char *w;
    while ((w = text_word(list, strlen(list), &at, &n))) {
        char name[6];
        text_copy(w, n, name, sizeof name);
        missing += !has_atom(m, r, name) && !(strcmp(name, "CD1") == 0 && has_atom(m, r, "CD"));
    }
    return missing;
}

static bool is_ca_only(const struct mol *m, const struct facts *x)
{
    uint32_t alone = 0;
    for (uint32_t i = 0; i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        alone += r->kind == RES_AMINO && r->count <= 2 && has_atom(m, r, "CA") && !has_atom(m, r, "N");
    }
    return x->protein > 2 && alone * 10 > x->protein * 9;
}

static void check_missing_atoms(const struct mol *m, struct facts *x, struct findings *f)
{
    struct finding back = { .level = LV_ERROR,
                            .code = "missing_backbone_atoms",
                            .why = "Without the whole backbone no force field can build these residues." };
    struct finding side = { .level = LV_WARNING,
                            .code = "missing_side_chain_atoms",
                            .why = "They must be rebuilt before a simulation, for example with PDBFixer or Modeller." };
    if (is_ca_only(m, x)) {
        struct finding *n = finding_add(f, LV_ERROR, "ca_only", "There is nothing to simulate with atoms missing.");
        finding_text(n, "The protein has only its alpha carbons.");
        x->missing_backbone = 3 * x->protein;
        return;
    }
    for (uint32_t i = 0; i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        if (r->kind != RES_AMINO && r->kind != RES_MODIFIED)
            continue;
        uint32_t b = count_missing(m, r, "N CA C") + !has_oxygen(m, r), s = 0;
        const struct res_info *info = res_find(r->name);
        if (r->kind == RES_AMINO && info && info->side_chain)
            s = count_missing(m, r, info->side_chain);
        x->missing_backbone += b;
        x->missing_side += s;
        if (b)
            finding_residue(&back, m, i);
        if (s)
            finding_residue(&side, m, i);
    }
    if (back.count) {
        finding_text(&back, "Backbone atoms are missing in %u residue%s (%u atoms).", back.count,
                     back.count == 1 ? "" : "s", x->missing_backbone);
        *finding_add(f, back.level, back.code, back.why) = back;
    }
    if (side.count) {
        finding_text(&side, "Side-chain atoms are missing in %u residue%s (%u atoms).", side.count,
                     side.count == 1 ? "" : "s", x->missing_side);
        *finding_add(f, side.level, side.code, side.why) = side;
    }
}

/* One remark for all residues of a kind; text takes their number. */
static void remark_kind(const struct mol *m, struct findings *f, enum res_kind kind, struct finding what,
                        const char *noun)
{
    char names[120] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < m->nresidues; i++) {
        const struct residue *r = &m->residues[i];
        if (r->kind != kind)
            continue;
        finding_residue(&what, m, i);
        size_t n = strlen(r->name);
        if (n && used + n + 3 < sizeof names && !strstr(names, r->name)) {
            memcpy(names + used, used ? ", " : "", used ? 2 : 0);
            used += used ? 2 : 0;
            memcpy(names + used, r->name, n + 1);
            used += n;
        }
    }
    if (!what.count)
        return;
    finding_text(&what, "%u %s%s: %s.", what.count, noun, what.count == 1 ? "" : "s", used ? names : "without a name");
    *finding_add(f, what.level, what.code, what.why) = what;
}

static void check_names(const struct mol *m, const struct facts *x, struct findings *f)
{
    uint32_t charmm = 0, protein_h = 0, protein_heavy = 0;
    for (uint32_t i = 0; i < m->natoms; i++) {
        const struct atom *a = &m->atoms[i];
        if (m->residues[a->res].kind != RES_AMINO)
            continue;
        protein_h += a->element == 1;
        protein_heavy += a->element != 1;
        charmm += a->element == 1 && (strcmp(a->name, "HN") == 0 || strcmp(a->name, "HT1") == 0);
    }
    if (protein_heavy && protein_h == 0) {
        struct finding *n = finding_add(f, LV_INFO, "no_hydrogens",
                                        "Hydrogens are added when the system is built; check the protonation of "
                                        "histidines and of residues in the active site.");
        finding_text(n, "The protein has no hydrogen atoms, as is usual for crystal structures.");
    } else if (protein_heavy && protein_h * 10 < protein_heavy * 7) {
        struct finding *n = finding_add(f, LV_INFO, "some_hydrogens",
                                        "All-atom force fields need all of them: they are built again from scratch.");
        finding_text(n, "Only some hydrogen atoms are there (%u for %u heavy atoms of protein).", protein_h,
                     protein_heavy);
    }
    if (charmm) {
        struct finding *n = finding_add(f, LV_INFO, "charmm_names",
                                        "Other force fields name hydrogens differently: templates that prepare "
                                        "proteins drop them and add their own.");
        finding_text(n, "Hydrogen atoms are named as in CHARMM (HN, HT1).");
        n->count = charmm;
    }
    if (!m->residues_known && x->by_element[6] && x->hydrogens == 0) {
        struct finding *n = finding_add(f, LV_WARNING, "no_hydrogens",
                                        "Quantum chemistry and docking need every hydrogen: without them the "
                                        "molecule is another one.");
        finding_text(n, "The molecule has no hydrogen atoms.");
    }
}

void check_residues(const struct mol *m, struct facts *x, struct findings *f)
{
    if (m->residues_known) {
        check_missing_atoms(m, x, f);
        remark_kind(m, f, RES_MODIFIED,
                    (struct finding){ .level = LV_WARNING,
                                      .code = "modified_residues",
                                      .why = "Standard force fields have no parameters for them: change them to their "
                                             "parent residue or bring parameters." },
                    "modified or unknown residue");
        remark_kind(m, f, RES_OTHER,
                    (struct finding){ .level = LV_WARNING,
                                      .code = "ligands",
                                      .why = "Protein force fields have no parameters for them: remove them, or use a "
                                             "template that takes ligands." },
                    "ligand or other unknown molecule");
        remark_kind(m, f, RES_NUCLEIC,
                    (struct finding){ .level = LV_INFO,
                                      .code = "nucleic_acid",
                                      .why = "Not every template and force field accepts nucleic acids." },
                    "nucleotide");
        remark_kind(m, f, RES_ION,
                    (struct finding){ .level = LV_INFO,
                                      .code = "ions",
                                      .why = "Ions bound by the protein may matter; those from the crystallisation "
                                             "buffer usually do not." },
                    "ion");
        remark_kind(m, f, RES_CAP,
                    (struct finding){ .level = LV_INFO,
                                      .code = "caps",
                                      .why = "Capped ends carry no charge; the force field must know these caps." },
                    "terminal cap");
        if (x->waters) {
            struct finding *n =
                finding_add(f, LV_INFO, "waters", "Templates that add their own water say whether they keep these.");
            finding_text(n, "%u water molecule%s.", x->waters,
                         x->waters == 1 ? " is in the file" : "s are in the file");
            n->count = x->waters;
        }
    }
    check_names(m, x, f);
    if (x->by_element[0]) {
        struct finding *n = finding_add(f, LV_WARNING, "unknown_elements",
                                        "Mass and size of these atoms are unknown: dummy atoms, or misspelt.");
        finding_text(n, "The element of %u atom%s cannot be told.", x->by_element[0], x->by_element[0] == 1 ? "" : "s");
        n->count = x->by_element[0];
    }
}
