/* The sandbox: rlimits against exhaustion, seccomp against everything else. Entered once, before the first foreign
 * byte.
 *
 * mmap and mprotect are allowed without PROT_EXEC only, so no code can be brought in. Under AddressSanitizer the
 * address space is not limited, for its shadow takes terabytes.
 */
#include "sandbox.h"
#include "../../portal/core/str.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* The report of the largest structure is far below. Matters only when standard output is a file. */
#define OUTPUT_MAX (1u << 30)

static bool limit(int what, uint64_t soft, uint64_t hard)
{
    struct rlimit r = { .rlim_cur = soft, .rlim_max = hard };
    return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

static bool limit_all(uint64_t cpu_s, uint64_t memory_b)
{
    return limit(RLIMIT_CPU, cpu_s, cpu_s + 1) && (SANITIZED || limit(RLIMIT_AS, memory_b, memory_b)) &&
           limit(RLIMIT_NOFILE, 3, 3) && limit(RLIMIT_NPROC, 0, 0) && limit(RLIMIT_CORE, 0, 0) &&
           limit(RLIMIT_FSIZE, OUTPUT_MAX, OUTPUT_MAX);
}

static int filter_fill(scmp_filter_ctx ctx)
{
    static const int plain[] = {
        SCMP_SYS(read),
        SCMP_SYS(write),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(brk),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise),
        SCMP_SYS(futex),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(getrandom),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(sysinfo), /* glibc's qsort asks for the size of memory */
    };
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof plain / sizeof *plain; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, plain[i], 0);
    if (!rc)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (!rc)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (!rc && SANITIZED) /* AddressSanitizer asks for it before functions that do not return */
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sigaltstack), 0);
    return rc;
}

enum status sandbox_enter(uint64_t cpu_s, uint64_t memory_b, struct err *err)
{
    if (prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return err_sys(err, errno, "cannot give up privileges");
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = ctx ? filter_fill(ctx) : -ENOMEM;
    bool limited = !rc && limit_all(cpu_s, memory_b);
    int keep = rc ? -rc : errno;
    if (limited) {
        rc = seccomp_load(ctx);
        keep = -rc;
    }
    if (ctx)
        seccomp_release(ctx);
    return limited && !rc ? ST_OK : err_sys(err, keep, "cannot enter the sandbox");
}

void sandbox_try(const char *what)
{
    if (str_eq(what, "open"))
        (void)open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    else if (str_eq(what, "socket"))
        (void)socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    else if (str_eq(what, "fork"))
        (void)fork();
    else if (str_eq(what, "exec"))
        (void)execl("/bin/true", "true", (char *)NULL);
    else if (str_eq(what, "kill"))
        (void)kill(getppid(), 0);
    else if (str_eq(what, "executable-memory"))
        (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
