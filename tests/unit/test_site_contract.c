/* One contract for every kind of site (workers/site/site.h). The null site runs always; the Slurm site when
 * ATHANOR_TEST_SLURM_CONF names the configuration of a running test cluster and ATHANOR_TEST_LIBEXEC the helpers
 * (tests/cluster sets both). Jobs are `sleep` only, submitted held, so the contract does not race with the scheduler.
 */
#include "../../portal/core/clock.h"
#include "../../portal/core/conf.h"
#include "../../portal/core/file.h"
#include "../../portal/core/id.h"
#include "../../portal/core/str.h"
#include "../../workers/site/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char g_dir[64];
static const char *g_kind; /* the row under test */
static const char *g_id;

static struct site *open_site(void)
{
    struct site *s = NULL;
    struct err e = { 0 };
    assert_int_equal(site_open(g_kind, g_id, &s, &e), ST_OK);
    return s;
}

/* A key nobody used before, as the worker makes them. */
static void new_key(char key[SITE_KEY_MAX])
{
    char id[ID_MAX];
    id_new("run", id);
    assert_true(str_fmt(key, SITE_KEY_MAX, "ath-%s-%s-a01", g_id, id + 4));
}

static enum site_outcome submit(struct site *s, const char *key, char id[SITE_JOB_ID_MAX])
{
    char out[128];
    (void)str_fmt(out, sizeof out, "%s/job.log", g_dir);
    const struct site_job j = { .key = key,
                                .work_dir = g_dir,
                                .script = "#!/bin/sh\nexec sleep 60\n",
                                .out = out,
                                .err = out,
                                .partition = "",
                                .account = "",
                                .qos = "",
                                .nodes = 1,
                                .cpus = 1,
                                .memory_mb = 50,
                                .time_s = 120,
                                .hold = true };
    struct err e = { 0 };
    enum site_outcome o = site_submit(s, &j, id, &e);
    if (o != SITE_DONE)
        print_message("submit: outcome %d %s\n", (int)o, e.text);
    return o;
}

static const struct site_obs *obs_of(const struct site_obs_list *l, const char *id)
{
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->v[i].job_id, id))
            return &l->v[i];
    return NULL;
}

static void test_info(void **state)
{
    (void)state;
    struct site *s = open_site();
    struct site_info i;
    assert_int_equal(s->ops->info(s, &i, NULL), SITE_DONE);
    assert_true(i.cpus > 0 && i.nodes > 0 && i.n_partitions > 0);
    assert_true(i.version[0]);
    site_close(s);
}

static void test_submit_find_observe(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], id[SITE_JOB_ID_MAX];
    struct site_obs_list l;
    new_key(key);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 0);
    site_obs_free(&l);
    assert_int_equal(submit(s, key, id), SITE_DONE);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 1);
    assert_string_equal(l.v[0].job_id, id);
    assert_string_equal(l.v[0].key, key);
    site_obs_free(&l);
    assert_int_equal(s->ops->observe(s, true, &l, NULL), SITE_DONE);
    assert_non_null(obs_of(&l, id));
    assert_int_equal(obs_of(&l, id)->state, SJ_HELD);
    site_obs_free(&l);
    assert_int_equal(s->ops->control(s, id, SITE_CANCEL, NULL), SITE_DONE);
    site_close(s);
}

/* Two jobs of one key are both found, oldest first: the worker keeps the oldest. */
static void test_find_many(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], first[SITE_JOB_ID_MAX], second[SITE_JOB_ID_MAX];
    struct site_obs_list l;
    new_key(key);
    assert_int_equal(submit(s, key, first), SITE_DONE);
    assert_int_equal(submit(s, key, second), SITE_DONE);
    assert_string_not_equal(first, second);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.v[0].job_id, first);
    site_obs_free(&l);
    (void)s->ops->control(s, first, SITE_CANCEL, NULL);
    (void)s->ops->control(s, second, SITE_CANCEL, NULL);
    site_close(s);
}

/* A key is the whole name: a longer one with the same beginning is another job. */
static void test_find_whole_name(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], longer[SITE_KEY_MAX + 1], id[SITE_JOB_ID_MAX];
    struct site_obs_list l;
    new_key(key);
    assert_true(str_fmt(longer, sizeof longer, "%s0", key));
    assert_int_equal(submit(s, longer, id), SITE_DONE);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 0);
    site_obs_free(&l);
    (void)s->ops->control(s, id, SITE_CANCEL, NULL);
    site_close(s);
}

/* Jobs outlive the handle: a new one (a restarted worker) finds them. */
static void test_survives_restart(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], id[SITE_JOB_ID_MAX];
    struct site_obs_list l;
    new_key(key);
    assert_int_equal(submit(s, key, id), SITE_DONE);
    site_close(s);
    s = open_site();
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 1);
    site_obs_free(&l);
    (void)s->ops->control(s, id, SITE_CANCEL, NULL);
    site_close(s);
}

static void test_hold_release(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], id[SITE_JOB_ID_MAX];
    struct site_obs_list l;
    new_key(key);
    assert_int_equal(submit(s, key, id), SITE_DONE);
    assert_int_equal(s->ops->control(s, id, SITE_HOLD, NULL), SITE_DONE); /* held already: the same */
    assert_int_equal(s->ops->control(s, id, SITE_RELEASE, NULL), SITE_DONE);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 1);
    assert_int_not_equal(l.v[0].state, SJ_HELD);
    site_obs_free(&l);
    (void)s->ops->control(s, id, SITE_CANCEL, NULL);
    site_close(s);
}

static void test_cancel_twice(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], id[SITE_JOB_ID_MAX];
    new_key(key);
    assert_int_equal(submit(s, key, id), SITE_DONE);
    assert_int_equal(s->ops->control(s, id, SITE_CANCEL, NULL), SITE_DONE);
    enum site_outcome again = s->ops->control(s, id, SITE_CANCEL, NULL);
    assert_true(again == SITE_DONE || again == SITE_GONE);
    assert_int_equal(s->ops->control(s, "99999999", SITE_CANCEL, NULL), SITE_GONE);
    site_close(s);
}

/* ------------------------------------------------ faults, scripted: the null site alone can make them at will */

static void put_file(const char *rel, const char *text)
{
    char path[PATH_MAX];
    assert_true(str_fmt(path, sizeof path, "%s/null-site/%s/%s", g_dir, g_id, rel));
    assert_int_equal(file_write_atomic(path, text, strlen(text), 0640, NULL), ST_OK);
}

static void remove_file(const char *rel)
{
    char path[PATH_MAX];
    assert_true(str_fmt(path, sizeof path, "%s/null-site/%s/%s", g_dir, g_id, rel));
    (void)unlink(path);
}

static void test_fault_drop(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], id[SITE_JOB_ID_MAX] = "";
    struct site_obs_list l;
    new_key(key);
    put_file("faults", "submit drop\n");
    assert_int_equal(submit(s, key, id), SITE_UNKNOWN);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 1); /* it did happen */
    site_obs_free(&l);
    site_close(s);
}

static void test_fault_others(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], id[SITE_JOB_ID_MAX];
    struct site_obs_list l;
    new_key(key);
    put_file("faults",
             "submit lose\nsubmit reject no such partition\nsubmit throttle\nfind unreachable\nsubmit slow 999999\n");
    assert_int_equal(submit(s, key, id), SITE_UNKNOWN);
    assert_int_equal(submit(s, key, id), SITE_REJECTED);
    assert_int_equal(submit(s, key, id), SITE_THROTTLED);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_UNREACHABLE);
    int64_t before = clock_mono_ms();
    assert_int_equal(submit(s, key, id), SITE_UNKNOWN); /* ends with the deadline */
    assert_true(clock_mono_ms() - before < g_conf->helper_deadline + 1000);
    assert_int_equal(s->ops->find(s, key, &l, NULL), SITE_DONE);
    assert_int_equal(l.n, 0);
    site_obs_free(&l);
    put_file("down", "");
    assert_int_equal(s->ops->observe(s, true, &l, NULL), SITE_UNREACHABLE);
    assert_int_equal(submit(s, key, id), SITE_UNREACHABLE);
    remove_file("down");
    assert_int_equal(submit(s, key, id), SITE_DONE);
    site_close(s);
}

static void test_fault_forget(void **state)
{
    (void)state;
    struct site *s = open_site();
    char key[SITE_KEY_MAX], id[SITE_JOB_ID_MAX];
    struct site_obs_list l;
    new_key(key);
    assert_int_equal(submit(s, key, id), SITE_DONE);
    assert_int_equal(s->ops->control(s, id, SITE_CANCEL, NULL), SITE_DONE);
    assert_int_equal(s->ops->observe(s, true, &l, NULL), SITE_DONE);
    assert_non_null(obs_of(&l, id));
    site_obs_free(&l);
    put_file("forget", "1");
    clock_sleep_ms(1100); /* ends are kept in whole seconds */
    assert_int_equal(s->ops->observe(s, true, &l, NULL), SITE_DONE);
    assert_null(obs_of(&l, id));
    site_obs_free(&l);
    remove_file("forget");
    site_close(s);
}

#define CONTRACT                                                                                                       \
    cmocka_unit_test(test_info), cmocka_unit_test(test_submit_find_observe), cmocka_unit_test(test_find_many),         \
        cmocka_unit_test(test_find_whole_name), cmocka_unit_test(test_survives_restart),                               \
        cmocka_unit_test(test_hold_release), cmocka_unit_test(test_cancel_twice)

int main(void)
{
    (void)str_fmt(g_dir, sizeof g_dir, "%s/ath-site-XXXXXX", P_tmpdir);
    if (!mkdtemp(g_dir))
        return 1;
    (void)signal(SIGPIPE, SIG_IGN);
    const char *slurm = getenv("ATHANOR_TEST_SLURM_CONF"), *libexec = getenv("ATHANOR_TEST_LIBEXEC");
    char var[128], conf[PATH_MAX] = "slurm_conf=", dir[PATH_MAX] = "libexec_dir=";
    (void)str_fmt(var, sizeof var, "var=%s", g_dir);
    (void)str_fmt(conf, sizeof conf, "slurm_conf=%s", slurm ? slurm : "");
    (void)str_fmt(dir, sizeof dir, "libexec_dir=%s", libexec ? libexec : "");
    char *argv[] = { "test",  "--set", var,
                     "--set", conf,    "--set",
                     dir,     "--set", slurm ? "helper_deadline=20000" : "helper_deadline=500",
                     NULL };
    int argc = 9;
    struct err e = { 0 };
    if (conf_load(&argc, argv, &e)) {
        print_error("%s\n", e.text);
        return 1;
    }
    const struct CMUnitTest null_tests[] = { CONTRACT, cmocka_unit_test(test_fault_drop),
                                             cmocka_unit_test(test_fault_others), cmocka_unit_test(test_fault_forget) };
    const struct CMUnitTest slurm_tests[] = { CONTRACT };
    g_kind = "null";
    g_id = "null";
    int failed = slurm ? 0 : cmocka_run_group_tests_name("site contract: null", null_tests, NULL, NULL);
    if (slurm) {
        g_kind = "slurm";
        g_id = "test";
        failed += cmocka_run_group_tests_name("site contract: slurm", slurm_tests, NULL, NULL);
    }
    (void)dir_remove(AT_FDCWD, g_dir, NULL);
    return failed;
}
