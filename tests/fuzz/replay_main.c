/* main of a fuzz target built without libFuzzer: runs each file named on the command line once, so that gcc and the
 * sanitizer builds replay the corpus as a test. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 64 << 20 };

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0, cap = 4096;
    uint8_t *p = malloc(cap);

    if (!f || !p) {
        fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    for (size_t got; n < INPUT_MAX && (got = fread(p + n, 1, cap - n, f)) > 0;) {
        n += got;
        if (n == cap && !(p = realloc(p, cap *= 2)))
            abort();
    }
    (void)fclose(f);
    uint8_t *exact = malloc(n ? n : 1); /* no slack behind the data: the sanitizer sees a read past its end */
    if (!exact)
        abort();
    for (size_t i = 0; i < n; i++)
        exact[i] = p[i];
    free(p);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int bad = 0;

    for (int i = 1; i < argc; i++)
        bad += replay(argv[i]);
    printf("%d inputs replayed\n", argc - 1 - bad);
    return bad ? 1 : 0;
}
