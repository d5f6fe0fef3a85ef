/* athanorctl backup: dumps the database and says which folders belong to the copy.
 *
 * Order matters: the database first, then the files. Content files are written before the rows that name them and
 * removed after, so a later copy of the files holds everything an earlier dump names.
 */
#include "ctl.h"

#include "../core/conf.h"

#include <stdio.h>

static const struct {
    const char *path, *what;
} TO_COPY[] = {
    { "store", "contents of uploaded files, each once" },
    { "uploads", "uploads that are not complete yet" },
    { "projects", "run folders: inputs, logs, checkpoints, results" },
    { "athanor.conf", "settings" },
    { "munge/key", "key of the private cluster" },
};

int ctl_backup(int argc, char **argv)
{
    struct err err = { 0 };
    if (!ctl_options(&argc, argv, NULL, 0) || argc != 2) {
        (void)fprintf(stderr, "athanorctl backup FILE\n");
        return 2;
    }
    if (db_backup(argv[1], &err))
        return ctl_fail(&err);
    (void)printf("the database is in %s; now copy, keeping owners and modes:\n", argv[1]);
    for (size_t i = 0; i < sizeof TO_COPY / sizeof TO_COPY[0]; i++)
        (void)printf("  %s/%-14s %s\n", g_conf->var, TO_COPY[i].path, TO_COPY[i].what);
    (void)printf("restore: athanorctl init --superuser ... --no-admin on an empty server, then\n"
                 "  pg_restore --clean --if-exists -d athanor %s, then athanorctl migrate\n",
                 argv[1]);
    return 0;
}
