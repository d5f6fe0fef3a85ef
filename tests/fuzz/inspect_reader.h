/* One structure reader on any bytes, behind the real line reader with tight limits, so that a hang shows at once.
 * The including file names the reader in READER.
 */
#include "../../workers/helper/inspect/mol.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mol m;
    static const struct inspect_limits lim = { .bytes = 4 << 20, .lines = 100000, .atoms = 20000 };
    struct input *in = NULL;
    struct err err = { 0 };
    if (input_open(-1, data, size, &lim, &in, &err))
        return 0;
    mol_init(&m, &lim, "fuzz");
    enum status st = READER(in, &m, &err);
    if ((st != ST_OK) != (err.text[0] != '\0'))
        abort(); /* a refusal without words, or words without a refusal */
    for (uint32_t i = 0; i < m.nresidues; i++) {
        if (m.residues[i].chain >= m.nchains || m.residues[i].first + m.residues[i].count > m.natoms)
            abort();
    }
    mol_free(&m);
    input_close(in);
    return 0;
}
