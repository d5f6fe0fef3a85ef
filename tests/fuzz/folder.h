/* For readers that open their own files: a folder for this process with files that hold the input. It is the current
 * folder between folder_enter and folder_leave, and removed at the end. */
#ifndef ATH_FUZZ_FOLDER_H
#define ATH_FUZZ_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char g_folder[4096];
static int g_home = -1;

static int folder_entry_remove(const char *path, const struct stat *sb, int type, struct FTW *at)
{
    (void)sb;
    (void)type;
    (void)at;
    return remove(path);
}

static void folder_remove(void)
{
    (void)nftw(g_folder, folder_entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* true at the first call. */
static inline bool folder_enter(void)
{
    const char *tmp = getenv("TMPDIR");
    bool first = !g_folder[0];

    if (first) {
        (void)snprintf(g_folder, sizeof g_folder, "%s/fuzz.XXXXXX", tmp ? tmp : "/tmp");
        g_home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (g_home < 0 || !mkdtemp(g_folder) || atexit(folder_remove))
            abort();
    }
    if (chdir(g_folder))
        abort();
    return first;
}

static inline void folder_leave(void)
{
    if (fchdir(g_home))
        abort();
}

static inline void folder_write(const char *name, const uint8_t *data, size_t n)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    if (fd < 0 || write(fd, data, n) != (ssize_t)n || close(fd))
        abort();
}

#endif
