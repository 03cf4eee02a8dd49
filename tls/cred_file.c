/* SPDX-License-Identifier: Apache-2.0 */
/* Files of credentials: read whole, wiped, and what is wrong with them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/cred_impl.h"

/* ------------------------------------------------------------- errors */

/* "<where>: <what>" as config_trust; gives err back. */
int tls_cred_fault(struct cause *why, int err, struct slice where,
                   const char *what)
{
    char text[256];
    struct out o = out_of(text, sizeof(text));

    if (!why)
        return err;
    if (err == E_NOMEM) {
        cause_set(why, CAUSE_out_of_memory);
        return err;
    }
    if (where.n > 160)
        where.n = 160;
    out_put(&o, where);
    out_lit(&o, ": ");
    out_put(&o, slice_cstr(what));
    cause_set_facts(why, CAUSE_config_trust, out_slice(&o));
    return err;
}

static const char *errno_text(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return "there is no such file";
    case EACCES:
    case EPERM:
        return "permission to read it is denied";
    case EISDIR:
        return "it is a directory";
    case ENOMEM:
        return "memory ran out";
    case EMFILE:
    case ENFILE:
        return "too many files are open";
    default:
        return "it cannot be read";
    }
}

/* -------------------------------------------------------------- files */

void tls_blob_free(const struct env *env, struct tls_blob *b)
{
    if (b->p)
        secret_wipe(b->p, b->cap);
    env_free(env, b->p);
    *b = (struct tls_blob){0};
}

static int blob_grow(const struct env *env, struct tls_blob *b)
{
    struct tls_blob more = {NULL, b->n, b->cap ? 2 * b->cap : 16384};

    if (b->n >= TLS_CRED_FILE_MAX)
        return E_TOOBIG;
    more.p = env_alloc(env, more.cap);
    if (!more.p)
        return E_NOMEM;
    if (b->n)
        memcpy(more.p, b->p, b->n);
    tls_blob_free(env, b);
    *b = more;
    return 0;
}

/* Reads all of it; one byte is kept for the NUL. */
static int blob_fill(const struct env *env, struct tls_blob *b, FILE *f)
{
    for (;;) {
        if (b->n + 1 >= b->cap) {
            int err = blob_grow(env, b);

            if (err)
                return err;
        }
        size_t got = fread(b->p + b->n, 1, b->cap - b->n - 1, f);

        b->n += got;
        if (got == 0)
            return ferror(f) ? E_SYS : 0;
    }
}

/* The file's bytes; on error *why says which file and why. */
int tls_blob_read(const struct env *env, struct tls_blob *b, struct slice path,
                  struct cause *why)
{
    struct slice name;
    int err = env_copy(env, &name, path);

    if (err)
        return tls_cred_fault(why, err, path, "");
    errno = 0;
    FILE *f = path.n && slice_find(path, '\0') == path.n ? fopen(name.p, "rb")
                                                         : NULL;
    int number = errno;

    env_free(env, (void *)(uintptr_t)name.p);
    if (!f)
        return tls_cred_fault(why, number == ENOMEM ? E_NOMEM : E_CERT, path,
                              errno_text(number));
    (void)setvbuf(f, NULL, _IONBF, 0); /* no copy of a key stays in stdio */
    err = blob_fill(env, b, f);
    number = errno;
    (void)fclose(f);
    if (!err && b->n == 0)
        return tls_cred_fault(why, E_CERT, path, "the file is empty");
    if (err == E_TOOBIG)
        return tls_cred_fault(why, E_CERT, path, "the file is too large");
    if (err)
        return tls_cred_fault(why, err == E_SYS ? E_CERT : err, path,
                              errno_text(number));
    b->p[b->n] = '\0';
    return 0;
}

int tls_blob_copy(const struct env *env, struct tls_blob *b, struct slice s)
{
    struct slice copy;
    int err = s.n > TLS_CRED_FILE_MAX ? E_CERT : env_copy(env, &copy, s);

    if (err)
        return err;
    *b = (struct tls_blob){(char *)(uintptr_t)copy.p, copy.n, copy.n + 1};
    return 0;
}
