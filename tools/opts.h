/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a command's options: long names, each at most once. */
#ifndef TOOLS_OPTS_H
#define TOOLS_OPTS_H

#include <stdbool.h>
#include <stddef.h>

/* One option; value is NULL for a flag. */
struct opt {
    const char *name; /* "--account" */
    const char **value;
    bool *flag;
};

/* The words that are no options. */
struct opts_words {
    const char **word;
    size_t cap;
    size_t n;
};

/*
 * Reads options in any order; words that are none go to words. 0, or -1
 * after a line on stderr that says what is wrong.
 */
int opts_read(int argc, char **argv, const struct opt *opts, size_t nopts,
              struct opts_words *words);

/* Seconds, with a fraction if need be, as ms; false if it is no number. */
bool opts_seconds(long long *ms, const char *text);

#endif
