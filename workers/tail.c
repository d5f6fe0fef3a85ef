/* progress.ndjson is written by the job, so it is foreign: model/progress.h reads a line and keeps what is as promised.
 * Only the newest line becomes an event: the file itself keeps all. A line without its newline is not finished and
 * waits for the next look.
 */
#include "tail.h"

#include "../portal/core/clock.h"
#include "../portal/core/file.h"
#include "../portal/model/progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW      (256 * 1024) /* a longer backlog is of interest only to readers of the file */
#define INTERVAL_MS 1000

/* The last good line of a text of whole lines. */
static bool newest_line(const char *p, size_t n, struct progress *ret_p)
{
    while (n > 0) {
        size_t end = p[n - 1] == '\n' ? n - 1 : n, begin = end;
        while (begin > 0 && p[begin - 1] != '\n')
            begin--;
        if (end > begin && !progress_read(p + begin, end - begin, ret_p, NULL))
            return true;
        n = begin;
    }
    return false;
}

bool progress_tail_read(struct progress_tail *p, const char *path, struct buf *ret_json)
{
    int64_t now = clock_mono_ms();
    if (now < p->next_ms)
        return false;
    FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat sb;
    if (fd < 0 || fstat(fd, &sb) || !S_ISREG(sb.st_mode))
        return false;
    if ((int64_t)sb.st_ino != p->ino || sb.st_size < p->offset) {
        p->ino = (int64_t)sb.st_ino;
        p->offset = 0;
    }
    if (sb.st_size == p->offset)
        return false;
    int64_t from = sb.st_size - p->offset > WINDOW ? sb.st_size - WINDOW : p->offset;
    char *text = malloc(WINDOW);
    if (!text)
        abort();
    ssize_t n = pread(fd, text, WINDOW, from);
    while (n > 0 && text[n - 1] != '\n')
        n--;
    struct progress line = { 0 };
    bool found = n > 0 && newest_line(text, (size_t)n, &line);
    free(text);
    if (n > 0)
        p->offset = from + n;
    /* After a restart the file is read again: what the database has already is not news. */
    if (!found || (line.has_t && line.t <= p->t))
        return false;
    p->t = line.has_t ? line.t : p->t;
    p->next_ms = now + INTERVAL_MS;
    struct jsonw w;
    jsonw_init(&w, ret_json);
    progress_write(&w, &line);
    return true;
}
