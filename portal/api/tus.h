/* tus 1.0 as text: the headers of the protocol, read strictly. No I/O. Any thread. */
#ifndef ATH_API_TUS_H
#define ATH_API_TUS_H

#include "../core/arena.h"
#include "../core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TUS_VERSION    "1.0.0"
#define TUS_EXTENSIONS "creation,creation-with-upload,termination,expiration,checksum"
#define TUS_ALGORITHMS "sha256,sha1"
#define TUS_BODY_TYPE  "application/offset+octet-stream"

struct tus_metadata {
    const char *filename; /* cleaned (filename.h) */
    const char *folder;   /* cleaned; "" the top */
    const char *project;  /* a project id by its form */
    bool has_sha256;      /* the client tells the hash the whole file must have */
    unsigned char sha256[32];
};

/* Upload-Metadata: "key base64,key base64,…". Keys we do not know are ignored (clients send filetype and others);
 * a key twice, bad base64, a missing filename or project are ST_INVALID naming Upload-Metadata. */
enum status tus_metadata_parse(struct arena *a, const char *header, struct tus_metadata *ret_meta, struct err *err);

/* The same header for answers to HEAD. */
const char *tus_metadata_format(struct arena *a, const char *filename, const char *folder, const char *project);

enum tus_algorithm { TUS_NONE, TUS_SHA256, TUS_SHA1 };
struct tus_checksum {
    enum tus_algorithm algorithm;
    size_t len;
    unsigned char digest[32];
};
/* Upload-Checksum: "algorithm base64". NULL gives TUS_NONE. */
enum status tus_checksum_parse(const char *header, struct tus_checksum *ret_sum, struct err *err);

/* A length or offset header: digits only, at most max. */
enum status tus_number(const char *header, const char *name, int64_t max, int64_t *ret_v, struct err *err);

/* "Fri, 20 Nov 2026 19:14:19 GMT" of unix seconds. */
const char *tus_date(struct arena *a, int64_t unix_s);

#endif
