/* Requests a minute of one person: a bucket that refills evenly and holds ten seconds' worth.
 *
 * In memory and per process, on purpose: a limit against runaway scripts must not cost a write a request. A fixed
 * table: an account has one of the four buckets of its hash; a newcomer takes the one used longest ago.
 */
#include "auth_int.h"

#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/str.h"

#include <pthread.h>
#include <string.h>

#define SETS 256
#define WAYS 4

static struct bucket {
    char account[ID_MAX];
    double tokens;
    int64_t at_ms;
} buckets[SETS][WAYS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct bucket *bucket_of(const char *account, double full, int64_t now)
{
    uint32_t hash = 2166136261u; /* FNV-1a: ids are random, it only has to spread */
    for (const char *p = account; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    struct bucket *set = buckets[hash % SETS], *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (str_eq(set[i].account, account))
            return &set[i];
        if (set[i].at_ms < oldest->at_ms)
            oldest = &set[i];
    }
    (void)str_fmt(oldest->account, sizeof oldest->account, "%s", account);
    oldest->tokens = full;
    oldest->at_ms = now;
    return oldest;
}

enum status rate_take(const char *account, struct err *err)
{
    double per_ms = (double)g_conf->rate_per_minute / 60000.0;
    double full = per_ms * 10000.0 < 10.0 ? 10.0 : per_ms * 10000.0;
    int64_t now = clock_mono_ms();

    (void)pthread_mutex_lock(&lock);
    struct bucket *b = bucket_of(account, full, now);
    b->tokens += (double)(now - b->at_ms) * per_ms;
    if (b->tokens > full)
        b->tokens = full;
    b->at_ms = now;
    bool allowed = b->tokens >= 1.0;
    if (allowed)
        b->tokens -= 1.0;
    (void)pthread_mutex_unlock(&lock);

    if (allowed)
        return ST_OK;
    err_field(err, ST_THROTTLED, "rate_limit", NULL, "You sent more than %lld requests a minute.",
              (long long)g_conf->rate_per_minute);
    return err_hint(err, "Slow down; lists can be read by pages of 500, changes by the event stream.");
}
