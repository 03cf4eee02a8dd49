/* SPDX-License-Identifier: Apache-2.0 */
/* Replays a corpus through one fuzz target, under any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

/* Copied to a block of its own size, so that a tool sees an overread. */
static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *buf = f ? malloc(INPUT_MAX) : NULL;
    size_t n = buf ? fread(buf, 1, INPUT_MAX, f) : 0;
    uint8_t *exact = buf ? malloc(n ? n : 1) : NULL;
    int ok = exact && !ferror(f);

    if (ok) {
        if (n)
            memcpy(exact, buf, n);
        LLVMFuzzerTestOneInput(exact, n);
    } else {
        printf("not ok - %s: cannot be read\n", path);
    }
    free(exact);
    free(buf);
    if (f)
        fclose(f);
    return ok;
}

static long replay_dir(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    long n = 0;

    if (!d)
        return -1;
    while ((e = readdir(d))) {
        char path[4096];
        int len = snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);

        if (e->d_name[0] == '.' || len < 0 || (size_t)len >= sizeof(path))
            continue;
        if (!replay_file(path)) {
            closedir(d);
            return -1;
        }
        n++;
    }
    closedir(d);
    return n;
}

/* replay [FILE...]; without: fuzz/corpus/<the program's own name>. */
int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];
    char dir[4096];

    for (int i = 1; i < argc; i++)
        if (!replay_file(argv[i]))
            return 1;
    if (argc > 1)
        return 0;
    snprintf(dir, sizeof(dir), "fuzz/corpus/%s", name);
    long n = replay_dir(dir);

    if (n <= 0) {
        printf("not ok - %s: no seed could be read\n", dir);
        return 1;
    }
    printf("ok - %s: %ld inputs replayed\n", dir, n);
    return 0;
}
