/* SPDX-License-Identifier: Apache-2.0 */
/* A DNS server for tests: a handful of records, over UDP, in a child. */
#ifndef TEST_E2E_HARNESS_DNS_H
#define TEST_E2E_HARNESS_DNS_H

#include "test/e2e/harness/stage.h"

enum dns_type { DNS_A = 1, DNS_AAAA = 28, DNS_SRV = 33 };

/* One record; A records without a target are 127.0.0.1. */
struct dns_record {
    const char *name;
    enum dns_type type;
    int priority; /* of SRV */
    int port;
    const char *target; /* of A and AAAA: the address */
};

enum dns_mood {
    DNS_ANSWERS, /* a name without any record does not exist (NXDOMAIN) */
    DNS_FAILS,   /* SERVFAIL */
    DNS_SILENT
};

/* Serves on 127.0.0.1 until the stage ends; gives the port. */
int dns_start(struct stage *s, const struct dns_record *record, size_t n,
              enum dns_mood mood);

#endif
