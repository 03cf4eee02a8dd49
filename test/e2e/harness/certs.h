/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates good and bad, made with the openssl command. */
#ifndef TEST_E2E_HARNESS_CERTS_H
#define TEST_E2E_HARNESS_CERTS_H

#include "test/e2e/harness/stage.h"

/* Makes the test's CA: ca.pem and ca.key in the stage's directory. */
void certs_ca(struct stage *s);

/* Who signs a certificate. */
enum certs_issuer {
    CERTS_CA,
    CERTS_SELF,
    CERTS_OTHER_CA,    /* one that nobody trusts */
    CERTS_INTERMEDIATE /* of the CA; not sent along */
};

/* What to make; names are server.pem and server.key unless file is set. */
struct certs_ask {
    enum certs_issuer issuer;
    const char *file;
    const char *san;   /* "DNS:example.test"; NULL: no SAN */
    const char *cn;    /* NULL: "server" */
    const char *from;  /* "20200101000000Z"; NULL: yesterday */
    const char *to;    /* NULL: tomorrow */
    const char *usage; /* NULL: "serverAuth" */
    bool aia;          /* names its issuer's place, as public CAs do */
};

void certs_make(struct stage *s, const struct certs_ask *ask);

/* The CA's list as file; revoked (a name without .pem, or NULL) is in it.
 * After the last certs_make. */
void certs_list(struct stage *s, const char *file, const char *revoked);

#endif
