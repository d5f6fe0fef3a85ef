/* The store: content kept once, under its SHA-256. Any thread. */
#ifndef ATH_WORKERS_STORE_H
#define ATH_WORKERS_STORE_H

#include "../portal/core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SHA_BYTES 32
#define SHA_HEX   65

/* Copies everything `fd` still gives into the store and names it by its hash. Repeating it is harmless; equal content
 * is kept once. On failure nothing is left but, after a crash, a temporary file that store_sweep removes.
 * limit: ST_TOOBIG when there is more. */
enum status store_add(int fd, int64_t limit, char ret_hex[SHA_HEX], int64_t *ret_bytes, struct err *err);
/* A descriptor for reading. */
enum status store_open(const char *hex, int *ret_fd, struct err *err);
/* Puts the content at path as a file of its own: shared blocks where the file system can, a copy elsewhere. */
enum status store_copy_to(const char *hex, const char *path, struct err *err);
/* Hash of a whole file. */
enum status file_sha256(int fd, char ret_hex[SHA_HEX], int64_t *ret_bytes, struct err *err);
/* Whether the content is there, and taking it away; a missing one is fine. */
bool store_has(const char *hex);
enum status store_remove(const char *hex, struct err *err);
/* Removes temporary files older than a day. */
void store_sweep(void);

#endif
