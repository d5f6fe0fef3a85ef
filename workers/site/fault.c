/* Fault points: places where a test may have this process killed (kill -9, nothing flushed). */
#include "fault.h"

#include "../../portal/core/conf.h"
#include "../../portal/core/str.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

void fault_point(const char *name)
{
    if (!str_eq(g_conf->fault_point, name))
        return;
    char path[PATH_MAX];
    if (!str_fmt(path, sizeof path, "%s/run/fault-%s", g_conf->var, name))
        return;
    /* The file is the memory that survives us: present means this point had its kill. */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return;
    (void)close(fd);
    (void)raise(SIGKILL);
}

bool fault_of_helper(char *out, size_t cap)
{
    const char *name = g_conf->fault_point;
    return str_starts(name, "helper_") &&
           str_fmt(out, cap, "ATHANOR_HELPER_FAULT=%s:%s/run/fault-%s", name, g_conf->var, name);
}
