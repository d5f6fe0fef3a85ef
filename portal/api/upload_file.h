/* The bytes of an upload: <var>/uploads/<upload id>, whose size is the offset of the protocol.
 *
 * One writer at a time: an open upload_file holds flock() on it, also against other processes. One thread at a time.
 */
#ifndef ATH_API_UPLOAD_FILE_H
#define ATH_API_UPLOAD_FILE_H

#include "tus.h"

struct upload_file;

/* Opens and locks. ST_LOCKED while another holds it; ST_NOTFOUND when it is not there and create is false. */
enum status upload_file_open(const char *upload_id, bool create, struct upload_file **ret_f, struct err *err);
int64_t upload_file_offset(const struct upload_file *f);
/* Before the first write: no byte passes `length`, and the bytes of this request must have this checksum. */
enum status upload_file_expect(struct upload_file *f, int64_t length, const struct tus_checksum *sum, struct err *err);
/* Appends. On ENOSPC and the like what was written stays and counts. */
enum status upload_file_write(struct upload_file *f, const char *p, size_t n, struct err *err);
/* After the last byte of a request: compares the checksum and, when the upload is whole, makes its bytes durable. A
 * wrong checksum takes this request's bytes back: ST_CONFLICT with code checksum_mismatch. */
enum status upload_file_finish(struct upload_file *f, struct err *err);
/* Unlocks. Bytes of a request that promised a checksum and did not come to upload_file_finish are taken back. */
void upload_file_close(struct upload_file *f);
/* Size on disk and unix time of the last byte, without locking; a missing file has 0 bytes and time 0. */
enum status upload_file_size(const char *upload_id, int64_t *ret_size, int64_t *ret_written_s, struct err *err);
enum status upload_file_remove(const char *upload_id, struct err *err);

#endif
