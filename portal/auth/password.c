/* Passwords: Argon2id strings of libsodium, parameters from the settings.
 *
 * A hash costs argon2_memory_kib (64 MiB) and half a second of one core, on purpose. So only RUNNING_MAX run at a time
 * and WAITING_MAX wait; whoever comes then is told to come back, so that sign-ins can neither fill the memory nor
 * occupy every executor. An unknown login is compared with a hash made at the start: it takes as long as a known one.
 */
#include "auth.h"

#include "../core/conf.h"
#include "../core/str.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#define RUNNING_MAX 2
#define WAITING_MAX 4

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_free = PTHREAD_COND_INITIALIZER;
static int gate_running, gate_waiting;
static char nobody_hash[crypto_pwhash_STRBYTES];

static unsigned long long passes(void)
{
    return (unsigned long long)g_conf->argon2_passes;
}

static size_t memory(void)
{
    return (size_t)g_conf->argon2_memory_kib * 1024;
}

static enum status gate_enter(struct err *err)
{
    enum status st = ST_OK;
    (void)pthread_mutex_lock(&gate_lock);
    if (gate_running >= RUNNING_MAX && gate_waiting >= WAITING_MAX) {
        st = err_field(err, ST_UNAVAIL, "sign_in_busy", NULL, "Too many people sign in at this moment.");
        (void)err_hint(err, "Try again in a few seconds.");
    } else {
        gate_waiting++;
        while (gate_running >= RUNNING_MAX)
            (void)pthread_cond_wait(&gate_free, &gate_lock);
        gate_waiting--;
        gate_running++;
    }
    (void)pthread_mutex_unlock(&gate_lock);
    return st;
}

static void gate_leave(void)
{
    (void)pthread_mutex_lock(&gate_lock);
    gate_running--;
    (void)pthread_cond_signal(&gate_free);
    (void)pthread_mutex_unlock(&gate_lock);
}

enum status password_init(struct err *err)
{
    if (sodium_init() < 0)
        return err_set(err, ST_FATAL, "The cryptographic library does not start.");
    return ST_OK;
}

/* Made at the first sign-in rather than at every start of every program. */
static enum status nobody_make(struct err *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    enum status st = ST_OK;
    (void)pthread_mutex_lock(&lock);
    if (nobody_hash[0] == '\0') {
        char random[32];
        password_random(random);
        if (crypto_pwhash_str(nobody_hash, random, strlen(random), passes(), memory()) != 0) {
            nobody_hash[0] = '\0';
            st = err_set(err, ST_FATAL, "Out of memory for a password hash.");
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return st;
}

enum status password_check_rules(const char *password, const char *login, const char *field, struct err *err)
{
    size_t n = strlen(password), characters = 0;
    for (size_t i = 0; i < n; i++)
        characters += ((unsigned char)password[i] & 0xc0) != 0x80;
    if (!utf8_valid(password, n) || n > AUTH_PASSWORD_MAX || characters < AUTH_PASSWORD_MIN) {
        return err_field(err, ST_INVALID, "password_length", field,
                         "A password has at least %d characters and at most %d bytes.", AUTH_PASSWORD_MIN,
                         AUTH_PASSWORD_MAX);
    }
    if (login && strcasecmp(password, login) == 0)
        return err_field(err, ST_INVALID, "password_is_login", field, "The password must not be the login.");
    return ST_OK;
}

enum status password_hash(struct arena *a, const char *password, const char **ret_hash, struct err *err)
{
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
    if (!hash)
        return err_set(err, ST_FATAL, "Out of memory for a password hash.");
    enum status st = gate_enter(err);
    if (st)
        return st;
    if (crypto_pwhash_str(hash, password, strlen(password), passes(), memory()) != 0)
        st = err_set(err, ST_FATAL, "Out of memory for a password hash.");
    gate_leave();
    if (st == ST_OK)
        *ret_hash = hash;
    return st;
}

enum status password_verify(const char *hash, const char *password, bool *ret_right, bool *ret_rehash, struct err *err)
{
    enum status st = gate_enter(err);
    if (st)
        return st;
    bool right = false;
    if (!hash)
        st = nobody_make(err);
    if (st == ST_OK)
        right = crypto_pwhash_str_verify(hash ? hash : nobody_hash, password, strlen(password)) == 0 && hash;
    gate_leave();
    if (st)
        return st;
    *ret_right = right;
    *ret_rehash = right && crypto_pwhash_str_needs_rehash(hash, passes(), memory()) != 0;
    return ST_OK;
}

void password_random(char out[32])
{
    /* Letters and digits that nobody mistakes for each other; 24 of 32 are 120 bits. */
    static const char LETTERS[32] = { "abcdefghijkmnpqrstuvwxyz23456789" };
    unsigned char bytes[24];
    size_t k = 0;
    rand_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i && i % 4 == 0)
            out[k++] = '-';
        out[k++] = LETTERS[bytes[i] % sizeof LETTERS];
    }
    out[k] = '\0';
    sodium_memzero(bytes, sizeof bytes);
}
