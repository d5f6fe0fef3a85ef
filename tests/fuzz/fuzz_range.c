/* Range headers: an accepted range lies inside the file. The first byte of the input chooses the size of the file. */
#include "../../portal/http/header.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const int64_t sizes[] = { 0, 1, 10, 4096, INT64_MAX };
    int64_t first = -1, last = -1;
    if (n == 0)
        return 0;
    char *text = malloc(n);
    if (!text)
        return 0;
    int64_t size = sizes[data[0] % (sizeof sizes / sizeof *sizes)];
    memcpy(text, data + 1, n - 1);
    text[n - 1] = '\0';
    if (header_parse_range(text, size, &first, &last) == RANGE_OK && (first < 0 || last < first || last >= size))
        abort();
    free(text);
    return 0;
}
