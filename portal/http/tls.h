/* The server's certificate and key (tls.c). Any thread. */
#ifndef ATH_HTTP_TLS_H
#define ATH_HTTP_TLS_H

#include "../core/err.h"

#include <gnutls/abstract.h>
#include <stdbool.h>

/* Reads tls_cert and tls_key of the settings and makes them the newest pair; ret_tls false: none is configured. On
 * failure the pair before stays. */
enum status tls_read(bool *ret_tls, struct err *err);
/* The newest pair, for GnuTLS (gnutls_certificate_retrieve_function2). */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *req_ca_dn, int n_req_ca_dn,
                 const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
                 unsigned *ret_n, gnutls_privkey_t *ret_key);
/* After the last connection. */
void tls_forget(void);

#endif
