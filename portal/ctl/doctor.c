/* athanorctl doctor: looks at every part of a stack and says what is wrong and what to do.
 *
 * Flow: a table of checks, each on its own, run in order; each fills a text and, when not well, a cure. Prints one line
 * a check; exit 0 when nothing is broken (warnings allowed), 1 otherwise. Caveats: runs outside the portal, so it may
 * start programs (sinfo, munge, unmunge): argv only, a deadline each, no shell. Looks only; mends nothing. Database
 * checks use the worker's role, and the web role when this user may.
 */
#include "ctl.h"

#include "../core/buf.h"
#include "../core/clock.h"
#include "../core/conf.h"
#include "../core/file.h"
#include "../core/num.h"
#include "../core/str.h"
#include "../db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum verdict { WELL, WARNING, BROKEN };
struct finding {
    char text[512];
    char cure[256];
};
struct doctor {
    struct db *db; /* NULL while the database check has not succeeded */
};

static enum verdict verdict_of(struct finding *f, enum verdict v, const char *text, const char *cure)
{
    (void)str_fmt(f->text, sizeof f->text, "%s", text);
    (void)str_fmt(f->cure, sizeof f->cure, "%s", cure);
    return v;
}

/* Runs argv with its output in `out`; exit code, or -1 when it could not run or took too long. */
static int program_run(const char *const argv[], const char *env_slurm_conf, int64_t ms, struct buf *out)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(fds[1], 1);
        (void)dup2(fds[1], 2);
        if (env_slurm_conf != NULL)
            (void)setenv("SLURM_CONF", env_slurm_conf, 1);
        (void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
        (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(fds[1]);
    int64_t until = clock_mono_ms() + ms;
    bool in_time = pid > 0;
    while (in_time) {
        char piece[1024];
        struct pollfd p = { .fd = fds[0], .events = POLLIN };
        int64_t left = until - clock_mono_ms();
        if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
            in_time = false;
            break;
        }
        ssize_t n = read(fds[0], piece, sizeof piece);
        if (n <= 0)
            break;
        buf_add(out, piece, (size_t)n);
    }
    (void)close(fds[0]);
    /* What programs say goes into one line of ours. */
    while (out->len > 0 && out->p[out->len - 1] == '\n')
        out->p[--out->len] = '\0';
    int w = -1;
    if (pid > 0) {
        if (!in_time)
            (void)kill(pid, SIGKILL);
        while (waitpid(pid, &w, 0) < 0 && errno == EINTR)
            ;
    }
    return in_time && WIFEXITED(w) ? WEXITSTATUS(w) : -1;
}

static enum verdict check_packages(struct doctor *d, struct finding *f)
{
    (void)d;
    static const struct {
        const char *path, *package;
    } need[] = {
        { "/usr/lib/postgresql/15/bin/postgres", "postgresql-15" },
        { "/usr/sbin/munged", "munge" },
        { "/usr/sbin/slurmctld", "slurmctld" },
        { "/usr/sbin/slurmd", "slurmd" },
        { "/usr/bin/sinfo", "slurm-client" },
        { "/usr/share/lmod/lmod/libexec/spider", "lmod" },
        { "/usr/bin/python3", "python3" },
    };
    BUF_AUTO missing = { 0 };
    buf_init(&missing, 400);
    for (size_t i = 0; i < sizeof need / sizeof need[0]; i++)
        if (access(need[i].path, X_OK) != 0)
            buf_printf(&missing, " %s", need[i].package);
    if (missing.len == 0)
        return verdict_of(f, WELL, "all programs are there", "");
    (void)str_fmt(f->text, sizeof f->text, "missing packages:%s", missing.p);
    (void)str_fmt(f->cure, sizeof f->cure, "make up installs them, or: apt-get install%s", missing.p);
    return BROKEN;
}

static enum verdict check_settings(struct doctor *d, struct finding *f)
{
    (void)d;
    if (access(g_conf->var, X_OK) != 0) {
        (void)str_fmt(f->text, sizeof f->text, "the folder %.300s cannot be entered: %s", g_conf->var, strerror(errno));
        (void)str_fmt(f->cure, sizeof f->cure, "give the right one: athanorctl --conf VAR/athanor.conf doctor");
        return BROKEN;
    }
    (void)str_fmt(f->text, sizeof f->text, "everything is kept in %.400s", g_conf->var);
    if (geteuid() != 0)
        return WELL;
    char path[600];
    (void)str_fmt(path, sizeof path, "%s/admin-password", g_conf->var);
    struct err err = { 0 };
    if (access(path, F_OK) == 0 && file_check_secret(path, &err) != ST_OK && err.st != ST_DENIED)
        return verdict_of(f, WARNING, err.text, "chmod 600 the file, or delete it once you know the password");
    return WELL;
}

static enum verdict check_identity(struct doctor *d, struct finding *f)
{
    (void)d;
    char path[600];
    struct stat st_store, st_uploads;
    (void)str_fmt(path, sizeof path, "%s/store", g_conf->var);
    if (stat(path, &st_store) != 0)
        return verdict_of(f, BROKEN, "the store folder is missing", "make up makes it");
    (void)str_fmt(path, sizeof path, "%s/uploads", g_conf->var);
    if (stat(path, &st_uploads) != 0)
        return verdict_of(f, BROKEN, "the uploads folder is missing", "make up makes it");
    if (st_store.st_uid == st_uploads.st_uid)
        return verdict_of(f, WARNING,
                          "portal and worker run as one user: they are separated by database role and link line only",
                          "run make up as root for separate service users");
    return verdict_of(f, WELL, "portal and worker run as different users", "");
}

static enum verdict check_disk(struct doctor *d, struct finding *f)
{
    (void)d;
    struct statvfs v;
    if (statvfs(g_conf->var, &v) != 0)
        return verdict_of(f, BROKEN, strerror(errno), "is the disk mounted?");
    double free_gb = (double)v.f_bavail * (double)v.f_frsize / 1e9;
    double part = v.f_blocks > 0 ? (double)v.f_bavail / (double)v.f_blocks : 0;
    double inodes = v.f_files > 0 ? (double)v.f_favail / (double)v.f_files : 1;
    (void)str_fmt(f->text, sizeof f->text, "%.1f GB free (%.0f %%), %.0f %% of the inodes free", free_gb, part * 100,
                  inodes * 100);
    (void)str_fmt(f->cure, sizeof f->cure, "empty the trash of projects, or move VAR to a larger disk");
    return free_gb < 1 || inodes < 0.01 ? BROKEN : part < 0.05 || inodes < 0.05 ? WARNING : WELL;
}

static enum verdict check_clock(struct doctor *d, struct finding *f)
{
    ROWS_AUTO rows = NULL;
    struct err err = { 0 };
    if (d->db == NULL)
        return verdict_of(f, WARNING, "not looked at: no database to compare with", "mend the database first");
    if (db_run0(d->db, SQL_DOCTOR_CLOCK, &rows, &err) != ST_OK)
        return verdict_of(f, BROKEN, err.text, "mend the database first");
    double skew = (double)clock_wall_us() / 1e6 - db_f64(rows, 0, 0);
    (void)str_fmt(f->text, sizeof f->text, "%.1f s from the database's clock", skew);
    (void)str_fmt(f->cure, sizeof f->cure,
                  "switch on time synchronisation (systemd-timesyncd, chrony) on all machines");
    if (clock_wall_us() < INT64_C(1700000000000000))
        return BROKEN;
    return skew > 5 || skew < -5 ? BROKEN : skew > 1 || skew < -1 ? WARNING : WELL;
}

static enum verdict check_database(struct doctor *d, struct finding *f)
{
    struct err err = { 0 };
    if (db_open(DB_WORKER, "doctor", &d->db, &err) != ST_OK) {
        (void)str_fmt(f->text, sizeof f->text, "%s", err.text);
        (void)str_fmt(f->cure, sizeof f->cure, "is it started (make up)? its log: %.150s/log/postgres.log",
                      g_conf->var);
        return BROKEN;
    }
    return verdict_of(f, WELL, "PostgreSQL answers", "");
}

static enum verdict check_migrations(struct doctor *d, struct finding *f)
{
    struct err err = { 0 };
    if (d->db == NULL)
        return verdict_of(f, WARNING, "not looked at: no database", "mend the database first");
    char dir[PATH_MAX];
    ctl_path(dir, g_conf->migrations_dir, "share/migrations");
    if (db_migrate_check(d->db, dir, &err) != ST_OK)
        return verdict_of(f, BROKEN, err.text, "athanorctl migrate, with the programs of the same version");
    return verdict_of(f, WELL, "the schema is what these programs expect", "");
}

static enum verdict check_worker(struct doctor *d, struct finding *f)
{
    ROWS_AUTO rows = NULL;
    struct err err = { 0 };
    if (d->db == NULL)
        return verdict_of(f, WARNING, "not looked at: no database", "mend the database first");
    if (db_run0(d->db, SQL_DOCTOR_WORKER, &rows, &err) != ST_OK)
        return verdict_of(f, BROKEN, err.text, "mend the database first");
    (void)str_fmt(f->cure, sizeof f->cure, "make up starts it; its log: %.150s/log/worker.log", g_conf->var);
    if (db_null(rows, 0, 0))
        return verdict_of(f, BROKEN, "no worker has ever reported", f->cure);
    double age = db_f64(rows, 0, 0);
    (void)str_fmt(f->text, sizeof f->text, "last heartbeat %.0f s ago, %lld runs waiting for it", age,
                  (long long)db_i64(rows, 0, 1));
    return age > 30 ? BROKEN : WELL;
}

static enum verdict check_portal(struct doctor *d, struct finding *f)
{
    (void)d;
    char url[128];
    BUF_AUTO out = { 0 };
    buf_init(&out, 4096);
    (void)str_fmt(url, sizeof url, "http%s://%s:%lld/readyz", g_conf->tls_cert[0] != '\0' ? "s" : "", g_conf->bind,
                  (long long)g_conf->port);
    const char *const argv[] = { "curl", "-fsSk", "-m", "5", url, NULL };
    if (program_run(argv, NULL, 8000, &out) != 0) {
        (void)str_fmt(f->text, sizeof f->text, "%s does not answer well: %.200s", url,
                      out.len > 0 ? out.p : "no answer");
        (void)str_fmt(f->cure, sizeof f->cure, "make up starts it; its log: %.150s/log/portal.log", g_conf->var);
        return BROKEN;
    }
    (void)str_fmt(f->text, sizeof f->text, "%s answers", url);
    return WELL;
}

/* The browser application is there and whole: the start page, and the packages it cannot begin without. */
static enum verdict check_browser(struct doctor *d, struct finding *f)
{
    static const char *const needed[] = { "index.html", "js/app.js", "vendor/preact.js", "vendor/VENDOR.json" };
    (void)d;
    char folder[512];
    if (g_conf->static_dir[0] != '\0')
        (void)str_fmt(folder, sizeof folder, "%s", g_conf->static_dir);
    else
        (void)str_fmt(folder, sizeof folder, "%s/share/static", g_conf->var);
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        char path[640];
        (void)str_fmt(path, sizeof path, "%s/%s", folder, needed[i]);
        if (access(path, R_OK) != 0) {
            (void)str_fmt(f->text, sizeof f->text, "%s is missing: browsers get no page", path);
            (void)str_fmt(f->cure, sizeof f->cure,
                          "make up builds and installs the browser files (npm is needed once)");
            return BROKEN;
        }
    }
    (void)str_fmt(f->text, sizeof f->text, "the application's files are in %s", folder);
    return WELL;
}

static void slurm_conf_path(char out[700])
{
    if (g_conf->slurm_conf[0] != '\0')
        (void)str_fmt(out, 700, "%s", g_conf->slurm_conf);
    else
        (void)str_fmt(out, 700, "%s/slurm/slurm.conf", g_conf->var);
}

static enum verdict check_munge(struct doctor *d, struct finding *f)
{
    (void)d;
    char socket[700], conf[700];
    BUF_AUTO out, text = { 0 };
    buf_init(&out, 4096);
    slurm_conf_path(conf);
    /* The site's own munge unless slurm.conf names another socket. */
    (void)str_fmt(socket, sizeof socket, "/run/munge/munge.socket.2");
    if (file_read(conf, 1 << 20, &text, NULL) == ST_OK) {
        const char *p = strstr(text.p, "AuthInfo=socket=");
        if (p != NULL)
            (void)str_fmt(socket, sizeof socket, "%.*s", (int)strcspn(p + 16, ",\n "), p + 16);
    }
    const char *const argv[] = { "munge", "-n", "-S", socket, NULL };
    if (program_run(argv, NULL, 5000, &out) == 0)
        return verdict_of(f, WELL, "munge makes credentials", "");
    (void)str_fmt(f->text, sizeof f->text, "%.300s", out.len > 0 ? out.p : "munge did not answer");
    if (strstr(f->text, "Permission denied") != NULL)
        return verdict_of(f, WARNING, "this user may not use the munge socket (the portal's user must not)",
                          "run the doctor as root to look at munge");
    (void)str_fmt(f->cure, sizeof f->cure, "make up starts it; its log: %.150s/munge/log", g_conf->var);
    return BROKEN;
}

static enum verdict check_slurm(struct doctor *d, struct finding *f)
{
    (void)d;
    char conf[700];
    BUF_AUTO out = { 0 };
    buf_init(&out, 65536);
    slurm_conf_path(conf);
    const char *const argv[] = { "sinfo", "-h", "-o", "%T %D", NULL };
    int rc = program_run(argv, conf, 15000, &out);
    (void)str_fmt(f->cure, sizeof f->cure, "logs: %.150s/slurm/log; restart with make down, make up", g_conf->var);
    if (rc != 0) {
        (void)str_fmt(f->text, sizeof f->text, "the controller does not answer: %.300s",
                      out.len > 0 ? out.p : "no answer");
        return BROKEN;
    }
    int64_t up = 0, down = 0;
    for (char *save = NULL, *line = strtok_r(out.p, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        char *count = strchr(line, ' ');
        int64_t n = 0;
        if (count == NULL || !num_i64(count + 1, 0, 1 << 24, &n))
            continue;
        *(str_starts(line, "down") || str_starts(line, "drain") || strchr(line, '*') != NULL ? &down : &up) += n;
    }
    (void)str_fmt(f->text, sizeof f->text, "%lld nodes up, %lld down or drained", (long long)up, (long long)down);
    if (down > 0)
        (void)str_fmt(f->cure, sizeof f->cure, "why: sinfo -R; bring back: scontrol update nodename=NAME state=resume");
    return up == 0 ? BROKEN : down > 0 ? WARNING : WELL;
}

static enum verdict check_lmod(struct doctor *d, struct finding *f)
{
    ROWS_AUTO rows = NULL;
    struct err err = { 0 };
    if (access("/usr/share/lmod/lmod/libexec/spider", X_OK) != 0)
        return verdict_of(f, BROKEN, "Lmod's spider is missing", "apt-get install lmod");
    if (d->db == NULL)
        return verdict_of(f, WARNING, "not looked at: no database", "mend the database first");
    if (db_run0(d->db, SQL_DOCTOR_MODULES, &rows, &err) != ST_OK)
        return verdict_of(f, BROKEN, err.text, "mend the database first");
    int64_t n = db_i64(rows, 0, 0);
    (void)str_fmt(f->text, sizeof f->text, "%lld modules in the catalogue", (long long)n);
    (void)str_fmt(f->cure, sizeof f->cure, "look at %.150s/lmod/modulefiles and the worker's log", g_conf->var);
    return n == 0 ? WARNING : WELL;
}

int ctl_doctor(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs("usage: athanorctl doctor\n", stderr);
        return 2;
    }
    static const struct {
        const char *name;
        enum verdict (*check)(struct doctor *, struct finding *);
    } checks[] = {
        { "packages", check_packages }, { "folder", check_settings },   { "identity", check_identity },
        { "disk", check_disk },         { "database", check_database }, { "migrations", check_migrations },
        { "clock", check_clock },       { "munge", check_munge },       { "slurm", check_slurm },
        { "lmod", check_lmod },         { "worker", check_worker },     { "portal", check_portal },
        { "browser", check_browser },
    };
    static const char *const words[] = { "ok", "warning", "BROKEN" };
    struct doctor d = { 0 };
    int broken = 0;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct finding f = { 0 };
        enum verdict v = checks[i].check(&d, &f);
        broken += v == BROKEN;
        printf("%-11s %-8s %s\n", checks[i].name, words[v], f.text);
        if (v != WELL && f.cure[0] != '\0')
            printf("%-20s what to do: %s\n", "", f.cure);
    }
    db_close(d.db);
    printf("%s\n", broken == 0 ? "All parts work." : "Something is broken; see above.");
    return broken == 0 ? 0 : 1;
}
