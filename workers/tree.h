/* Folder trees of runs. Any thread. */
#ifndef ATH_WORKERS_TREE_H
#define ATH_WORKERS_TREE_H

#include "../portal/core/arena.h"
#include "../portal/core/err.h"

#include <stdint.h>
#include <sys/types.h>

/* Sum of the sizes of the files below path; 0 for a missing tree. Links are not followed. */
int64_t tree_bytes(const char *path);
/* Group may read all of it (folders: enter), whatever umask the engines used. Best effort. */
void tree_share(const char *path);
/* Copies a tree of plain files and folders; the copies are read-only. */
enum status tree_copy(const char *from, const char *to, struct err *err);
/* What there is below path, folders before what they hold; read once for many tree_link. Lies in the arena. */
struct tree_entry;
enum status tree_list(struct arena *a, const char *path, const struct tree_entry **ret_list, struct err *err);
/* The listed tree again as `to`, by hard links, replacing what is there; copies where the file system has no more links
 * to give. */
enum status tree_link(const struct tree_entry *list, const char *to, struct err *err);
/* Newest modification time below path (files and folders) in ns since 1970, 0 when missing. */
int64_t tree_newest(const char *path);

#endif
