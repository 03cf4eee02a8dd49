/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of the account file's members share. */
#ifndef TOOLS_ACCOUNT_READ_H
#define TOOLS_ACCOUNT_READ_H

#include "tools/account.h"

/* What a member's reader needs. */
struct account_reading {
    struct account_file *a;
    const char *path;
    struct siplock_cause *cause;
};

/* -1, with a cause that says it. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int account_refuse(const struct account_reading *r, const char *format, ...);

/* 0, or -1 with the cause. */
int account_get_text(const struct account_reading *r, const char *key,
                     const json_t *v, const char **out);
int account_get_list(const struct account_reading *r, const char *key,
                     const json_t *v, const char **list, size_t *n);

/* Members about trust: tools/account_trust.c. */
int account_read_ca(const struct account_reading *r, const char *key,
                    const json_t *v);
int account_read_pins(const struct account_reading *r, const char *key,
                      const json_t *v);
int account_read_pins_end(const struct account_reading *r, const char *key,
                          const json_t *v);
int account_read_trust(const struct account_reading *r, const char *key,
                       const json_t *v);
int account_read_crl(const struct account_reading *r, const char *key,
                     const json_t *v);
int account_read_cert(const struct account_reading *r, const char *key,
                      const json_t *v);
int account_read_key(const struct account_reading *r, const char *key,
                     const json_t *v);

/* tools/account_dns.c */
int account_read_dns(const struct account_reading *r, const char *key,
                     const json_t *v);
int account_read_dns_search(const struct account_reading *r, const char *key,
                            const json_t *v);
int account_read_dns_try_ms(const struct account_reading *r, const char *key,
                            const json_t *v);

/* tools/account_register.c */
int account_read_instance(const struct account_reading *r, const char *key,
                          const json_t *v);
int account_read_gruu(const struct account_reading *r, const char *key,
                      const json_t *v);
int account_read_transfers(const struct account_reading *r, const char *key,
                           const json_t *v);
int account_read_refers(const struct account_reading *r, const char *key,
                        const json_t *v);
int account_read_clean(const struct account_reading *r, const char *key,
                       const json_t *v);
int account_read_share_flow(const struct account_reading *r, const char *key,
                            const json_t *v);
int account_read_flows(const struct account_reading *r, const char *key,
                       const json_t *v);
int account_read_retry_base(const struct account_reading *r, const char *key,
                            const json_t *v);
void account_derive_instance(struct account_file *a, const char *path);

#endif
