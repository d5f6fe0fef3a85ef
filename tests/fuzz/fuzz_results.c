/* results.json: the regular form is stable, so validating it again changes nothing. */
#include "../../portal/model/results.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    json_auto_t *doc = NULL, *again = NULL;
    struct err err;

    if (results_validate((const char *)data, n, 1 << 16, &doc, &err) != ST_OK)
        return 0;
    char *text = json_dumps(doc, JSON_COMPACT);
    if (!text)
        abort();
    enum status st = results_validate(text, strlen(text), 1 << 22, &again, &err);
    /* the note about dropped keys may be the one warning too many */
    if (st == ST_OK ? !json_equal(doc, again) : json_array_size(json_object_get(doc, "warnings")) <= 200)
        abort();
    free(text);
    return 0;
}
