/* SPDX-License-Identifier: Apache-2.0 */
/* What this process uses, as the system tells it. */
#include "tools/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__linux__) && defined(__has_include)
#if __has_include(<linux/tcp.h>)
#include <linux/tcp.h>
#include <netinet/in.h>
#define HAVE_TCP_BYTES
#endif
#endif

static int64_t heap_bytes(void)
{
#if defined(__GLIBC__)
    struct mallinfo2 m = mallinfo2();

    return (int64_t)(m.uordblks + m.hblkhd);
#else
    return -1;
#endif
}

static int64_t resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    char line[128] = "";
    const char *second;

    if (!f)
        return -1;
    if (!fgets(line, sizeof(line), f))
        line[0] = '\0';
    fclose(f);
    second = strchr(line, ' '); /* pages: of all, resident */
    return second ? strtoll(second, NULL, 10) * sysconf(_SC_PAGESIZE) : -1;
}

static int64_t tcp_bytes(void)
{
#if defined(HAVE_TCP_BYTES)
    struct rlimit files;
    int64_t sum = 0;

    if (getrlimit(RLIMIT_NOFILE, &files))
        return -1;
    for (rlim_t fd = 0; fd < files.rlim_cur && fd < 65536; fd++) {
        struct tcp_info info = {0};
        socklen_t n = sizeof(info);

        if (getsockopt((int)fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0)
            sum += (int64_t)(info.tcpi_bytes_acked + info.tcpi_bytes_received);
    }
    return sum;
#else
    return -1;
#endif
}

void figures_read(struct figures *f)
{
    struct rusage u = {0};

    getrusage(RUSAGE_SELF, &u);
    f->cpu_us = (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
                u.ru_utime.tv_usec + u.ru_stime.tv_usec;
    f->heap = heap_bytes();
    f->resident = resident_bytes();
    f->bytes = tcp_bytes();
}

double figures_each(int64_t a, int64_t b, unsigned n)
{
    return a < 0 || b < 0 || n == 0 ? -1 : (double)(b - a) / n;
}

bool figures_files(unsigned n, unsigned long *most)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l))
        return true; /* then it will show */
    if (l.rlim_cur != RLIM_INFINITY && l.rlim_cur < n) {
        l.rlim_cur = n;
        if (l.rlim_max != RLIM_INFINITY && l.rlim_max < n)
            l.rlim_max = n; /* for who may raise it */
        if (setrlimit(RLIMIT_NOFILE, &l)) {
            (void)getrlimit(RLIMIT_NOFILE, &l);
            *most = (unsigned long)l.rlim_max;
            return false;
        }
    }
    return true;
}
