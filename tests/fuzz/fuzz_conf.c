/* The settings file: any text is read or refused; what is shown can be read again. */
#include "../../portal/core/conf.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct err err;
    char *text = NULL;
    size_t len = 0;

    conf_reset();
    if (conf_read_text((const char *)data, n, "fuzz", &err) != ST_OK) {
        if (!err.text[0])
            abort();
        return 0;
    }
    FILE *f = open_memstream(&text, &len);
    if (!f)
        abort();
    conf_show(f);
    (void)fclose(f);
    free(text);
    conf_reset();
    return 0;
}
