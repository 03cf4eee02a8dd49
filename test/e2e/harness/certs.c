/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates good and bad, made with the openssl command. */
#include "test/e2e/harness/certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { DAY_S = 86400 };

/* A configuration for "openssl ca", which alone sets both dates. */
static const char config[] = "[ca]\n"
                             "default_ca=own\n"
                             "[own]\n"
                             "database=%s/index\n"
                             "new_certs_dir=%s\n"
                             "rand_serial=yes\n"
                             "default_md=sha256\n"
                             "policy=any\n"
                             "unique_subject=no\n"
                             "[any]\n"
                             "commonName=optional\n"
                             "[req]\n"
                             "distinguished_name=name\n"
                             "[name]\n"
                             "[ext_ca]\n"
                             "basicConstraints=critical,CA:TRUE\n"
                             "keyUsage=critical,keyCertSign,cRLSign\n"
                             "subjectKeyIdentifier=hash\n"
                             "[ext]\n"
                             "basicConstraints=critical,CA:FALSE\n"
                             "keyUsage=critical,digitalSignature\n"
                             "extendedKeyUsage=%s\n"
                             "subjectKeyIdentifier=hash\n"
                             "%s%s\n"
                             "%s\n";

static void date(char *text, size_t n, int days)
{
    time_t t = time(NULL) + days * DAY_S;
    struct tm tm;

    gmtime_r(&t, &tm);
    strftime(text, n, "%Y%m%d%H%M%SZ", &tm);
}

static const char *join(char *text, size_t n, const char *a, const char *b)
{
    snprintf(text, n, "%s%s", a, b);
    return text;
}

/* Key and request of name; then, signed by issuer (or itself), name.pem. */
static void sign(struct stage *s, const char *name, const char *issuer,
                 const char *ext, const struct certs_ask *ask)
{
    char key[64], csr[64], pem[64], subj[128], from[32], to[32];
    char iss_key[64], iss_pem[64];
    const char *self = "-selfsign", *cnf = stage_path(s, "ca.cnf");

    join(key, sizeof(key), name, ".key");
    join(csr, sizeof(csr), name, ".csr");
    join(pem, sizeof(pem), name, ".pem");
    join(subj, sizeof(subj), "/CN=", ask->cn ? ask->cn : name);
    date(from, sizeof(from), -1);
    date(to, sizeof(to), 1);
    join(iss_key, sizeof(iss_key), issuer ? issuer : name, ".key");
    join(iss_pem, sizeof(iss_pem), issuer ? issuer : name, ".pem");
    stage_run(s, "openssl-req",
              (const char *[]){"openssl", "req", "-config", cnf, "-newkey",
                               "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                               "-nodes", "-keyout", stage_path(s, key), "-out",
                               stage_path(s, csr), "-subj", subj, NULL});
    stage_run(s, "openssl-ca",
              (const char *[]){"openssl",
                               "ca",
                               "-config",
                               cnf,
                               "-batch",
                               "-notext",
                               "-in",
                               stage_path(s, csr),
                               "-out",
                               stage_path(s, pem),
                               "-keyfile",
                               stage_path(s, iss_key),
                               "-extensions",
                               ext,
                               "-startdate",
                               ask->from ? ask->from : from,
                               "-enddate",
                               ask->to ? ask->to : to,
                               issuer ? "-cert" : self,
                               issuer ? stage_path(s, iss_pem) : NULL,
                               NULL});
}

static void configure(struct stage *s, const char *san, const char *usage,
                      bool aia)
{
    char text[sizeof(config) + 2 * STAGE_PATH_MAX + 256];
    int n = snprintf(text, sizeof(text), config, s->dir, s->dir,
                     usage ? usage : "serverAuth",
                     san ? "subjectAltName=" : "", san ? san : "",
                     aia ? "authorityInfoAccess=caIssuers;"
                           "URI:http://ca.example.test/ca.der"
                         : "");

    if (n < 0 || (size_t)n >= sizeof(text))
        stage_fail("the SAN is too long: %s", san);
    stage_write(s, "ca.cnf", text);
    stage_write(s, "index", "");
}

void certs_ca(struct stage *s)
{
    configure(s, NULL, NULL, false);
    sign(s, "ca", NULL, "ext_ca",
         &(struct certs_ask){.cn = "siplock test CA"});
}

void certs_make(struct stage *s, const struct certs_ask *ask)
{
    const char *name = ask->file ? ask->file : "server";
    const char *issuer = "ca";

    configure(s, ask->san, ask->usage, ask->aia);
    if (ask->issuer == CERTS_SELF)
        issuer = NULL;
    if (ask->issuer == CERTS_OTHER_CA) {
        issuer = "other";
        sign(s, issuer, NULL, "ext_ca",
             &(struct certs_ask){.cn = "another CA"});
    }
    if (ask->issuer == CERTS_INTERMEDIATE) {
        issuer = "intermediate";
        sign(s, issuer, "ca", "ext_ca",
             &(struct certs_ask){.cn = "intermediate CA"});
    }
    sign(s, name, issuer, "ext", ask);
}

void certs_list(struct stage *s, const char *file, const char *revoked)
{
    const char *cnf = stage_path(s, "ca.cnf"), *ca = stage_path(s, "ca.pem");
    const char *key = stage_path(s, "ca.key");
    char pem[64];

    if (revoked) {
        join(pem, sizeof(pem), revoked, ".pem");
        stage_run(s, "openssl-revoke",
                  (const char *[]){"openssl", "ca", "-config", cnf, "-keyfile",
                                   key, "-cert", ca, "-revoke",
                                   stage_path(s, pem), NULL});
    }
    stage_run(s, "openssl-crl",
              (const char *[]){"openssl", "ca", "-config", cnf, "-keyfile",
                               key, "-cert", ca, "-gencrl", "-crldays", "1",
                               "-out", stage_path(s, file), NULL});
}
