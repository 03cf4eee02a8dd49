/* SPDX-License-Identifier: Apache-2.0 */
/* What this process uses at a moment: CPU, memory, bytes of its sockets. */
#ifndef TOOLS_FIGURES_H
#define TOOLS_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

/* Where a system does not tell, the value is -1. */
struct figures {
    int64_t cpu_us;   /* user and system, all threads */
    int64_t heap;     /* bytes that the C library has given out */
    int64_t resident; /* bytes */
    int64_t bytes;    /* of TCP payload, both ways, of open connections */
};

void figures_read(struct figures *f);

/* (b - a) / n; -1 if one of the two is not known. */
double figures_each(int64_t a, int64_t b, unsigned n);

/* Lets the process open n files. False: *most is how many it may. */
bool figures_files(unsigned n, unsigned long *most);

#endif
