/* SPDX-License-Identifier: Apache-2.0 */
/* The account file: strict JSON to the library's account configuration. */
#ifndef TOOLS_ACCOUNT_H
#define TOOLS_ACCOUNT_H

#include <jansson.h>

#include "sip/base/out.h"
#include "sip/base/secret.h"
#include "ua/siplock_more.h"

enum { ACCOUNT_FILE_MAX = 65536, ACCOUNT_LIST_MAX = 16 };

/* Everything config points to lives here; free with account_file_free. */
struct account_file {
    struct siplock_account_config config;
    struct siplock_dns_config dns_config; /* of the program that runs it */
    struct siplock_ha1 ha1;
    const char *address[ACCOUNT_LIST_MAX];
    const char *dns[ACCOUNT_LIST_MAX];
    const char *search[ACCOUNT_LIST_MAX];
    const char *ca[ACCOUNT_LIST_MAX];
    const char *pin[ACCOUNT_LIST_MAX];
    const char *crl[ACCOUNT_LIST_MAX];
    const char *codec[ACCOUNT_LIST_MAX];
    struct secret password;
    json_t *json;
    const char *level;   /* as hello prints it */
    char instance[64];   /* where the file names none */
    char outbound[1024]; /* of a list */
};

/*
 * Reads and checks a file; unknown members, wrong types and values that
 * make no sense are refused. 0, or -1 with a cause that names the member.
 */
int account_file_load(struct account_file *a, const char *path,
                      struct siplock_cause *cause);
/* How its file wants DNS to be asked, for an instance that is new. */
int account_file_dns(const struct account_file *a, struct siplock *s);
void account_file_free(struct account_file *a);

#endif
