/* The certificate and key, and reading them again while the server runs (SIGHUP after a renewal).
 *
 * GnuTLS asks for the pair in each handshake through tls_retrieve, which hands out the newest. A pair may still be used
 * by a handshake when the next one is read, and nobody tells when it no longer is; so each stays until the server ends.
 * They are a few kB and are renewed a few times a year.
 */
#include "tls.h"

#include "../core/conf.h"
#include "../core/file.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MAX   65536
#define CHAIN_MAX 16

struct tls_pair {
    struct tls_pair *older;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned n;
    gnutls_privkey_t key;
};

static _Atomic(struct tls_pair *) g_newest;

static void pair_free(struct tls_pair *p)
{
    for (unsigned i = 0; i < p->n; i++)
        gnutls_pcert_deinit(&p->chain[i]);
    if (p->key)
        gnutls_privkey_deinit(p->key);
    free(p);
}

static enum status bad_pem(const char *setting, const char *what, int rc, struct err *err)
{
    err_field(err, ST_INVALID, "bad_setting", setting, "%s holds no %s: %s", setting, what, gnutls_strerror(rc));
    return err_hint(err, "It must be PEM.");
}

static enum status chain_read(struct tls_pair *p, struct err *err)
{
    BUF_AUTO b = { 0 };
    enum status st = file_read(g_conf->tls_cert, PEM_MAX, &b, err);
    if (st)
        return err_wrap(err, "tls_cert");
    gnutls_datum_t pem = { .data = (unsigned char *)b.p, .size = (unsigned)b.len };
    unsigned n = CHAIN_MAX;
    int rc = gnutls_pcert_list_import_x509_raw(p->chain, &n, &pem, GNUTLS_X509_FMT_PEM,
                                               GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
    if (rc < 0)
        return bad_pem("tls_cert", "certificate chain", rc, err);
    p->n = n;
    return ST_OK;
}

static enum status key_read(struct tls_pair *p, struct err *err)
{
    BUF_AUTO b = { 0 };
    enum status st = file_check_secret(g_conf->tls_key, err);
    if (!st)
        st = file_read(g_conf->tls_key, PEM_MAX, &b, err);
    if (st)
        return err_wrap(err, "tls_key");
    gnutls_datum_t pem = { .data = (unsigned char *)b.p, .size = (unsigned)b.len };
    int rc = gnutls_privkey_init(&p->key);
    if (rc >= 0)
        rc = gnutls_privkey_import_x509_raw(p->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    explicit_bzero(b.p, b.len);
    return rc < 0 ? bad_pem("tls_key", "private key", rc, err) : ST_OK;
}

static bool pair_belongs(const struct tls_pair *p)
{
    unsigned char a[64], b[64];
    size_t na = sizeof a, nb = sizeof b;
    gnutls_pubkey_t pub;
    if (gnutls_pubkey_init(&pub) < 0)
        return false;
    bool ok = gnutls_pubkey_import_privkey(pub, p->key, 0, 0) >= 0 &&
              gnutls_pubkey_get_key_id(pub, GNUTLS_KEYID_USE_SHA256, a, &na) >= 0 &&
              gnutls_pubkey_get_key_id(p->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &nb) >= 0 && na == nb &&
              memcmp(a, b, na) == 0;
    gnutls_pubkey_deinit(pub);
    return ok;
}

enum status tls_read(bool *ret_tls, struct err *err)
{
    *ret_tls = false;
    if (!*g_conf->tls_cert && !*g_conf->tls_key)
        return ST_OK;
    if (!*g_conf->tls_cert || !*g_conf->tls_key)
        return err_field(err, ST_INVALID, "bad_setting", "tls_cert", "tls_cert and tls_key belong together");
    struct tls_pair *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(err, ST_FATAL, "out of memory for the certificate");
    enum status st = key_read(p, err);
    if (!st)
        st = chain_read(p, err);
    if (!st && !pair_belongs(p)) {
        err_field(err, ST_INVALID, "bad_setting", "tls_cert",
                  "the certificate in tls_cert is not that of the key in tls_key");
        st = err_hint(err, "Check that tls_cert and tls_key are PEM and belong together.");
    }
    if (st) {
        pair_free(p);
        return st;
    }
    p->older = atomic_load(&g_newest);
    atomic_store(&g_newest, p);
    *ret_tls = true;
    return ST_OK;
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *req_ca_dn, int n_req_ca_dn,
                 const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
                 unsigned *ret_n, gnutls_privkey_t *ret_key)
{
    struct tls_pair *p = atomic_load(&g_newest);
    (void)session, (void)req_ca_dn, (void)n_req_ca_dn, (void)algorithms, (void)n_algorithms;
    if (!p)
        return -1;
    *ret_chain = p->chain;
    *ret_n = p->n;
    *ret_key = p->key;
    return 0;
}

void tls_forget(void)
{
    struct tls_pair *p = atomic_exchange(&g_newest, NULL);
    while (p) {
        struct tls_pair *older = p->older;
        pair_free(p);
        p = older;
    }
}
