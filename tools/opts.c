/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a command's options. */
#include "tools/opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt *find(const struct opt *opts, size_t n,
                              const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(opts[i].name, word) == 0)
            return &opts[i];
    return NULL;
}

static int take(const struct opt *o, int argc, char **argv, int *i)
{
    if (o->flag) {
        *o->flag = true;
        return 0;
    }
    if (*o->value || *i + 1 >= argc) {
        fprintf(stderr, "siplock: %s %s\n", o->name,
                *o->value ? "is given twice" : "needs a value");
        return -1;
    }
    *o->value = argv[++*i];
    return 0;
}

int opts_read(int argc, char **argv, const struct opt *opts, size_t nopts,
              struct opts_words *words)
{
    words->n = 0;
    for (int i = 0; i < argc; i++) {
        const struct opt *o = find(opts, nopts, argv[i]);

        if (o) {
            if (take(o, argc, argv, &i))
                return -1;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            fprintf(stderr, "siplock: %s is no option here\n", argv[i]);
            return -1;
        } else if (words->n == words->cap) {
            fprintf(stderr, "siplock: \"%s\" is one word too many\n", argv[i]);
            return -1;
        } else {
            words->word[words->n++] = argv[i];
        }
    }
    return 0;
}

bool opts_seconds(long long *ms, const char *text)
{
    char *end;
    double s = strtod(text, &end);

    if (end == text || *end || !(s >= 0) || s > 1e8)
        return false;
    *ms = (long long)(s * 1000);
    return true;
}
