/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors shared by the accounts that name the same files. */
#ifndef UA_ANCHORS_H
#define UA_ANCHORS_H

#include "tls/cred.h"
#include "ua/siplock.h"

/* What an account trusts: anchors, pins, lists, and its own chain. */
struct ua_anchors;

/*
 * Loads what the configuration names. Reading files
 * is slow: call without the instance's lock; the list has the caller's.
 * E_CERT, E_NOMEM; why says which file.
 */
int ua_anchors_load(struct ua_anchors **set, const struct env *env,
                    const struct siplock_account_config *config,
                    struct cause *why);

/* The one of the list with the same configuration, else the set itself, put in
 * (then the list owns it). Counted up; the argument is not to be used. */
struct ua_anchors *ua_anchors_share(struct ua_anchors **list,
                                    struct ua_anchors *set);

struct tls_cred *ua_anchors_cred(const struct ua_anchors *set);

/*
 * One use of the set with that cred has ended, but connections that are
 * closing may still borrow it: settle frees what is not used any more, when
 * there are none.
 */
void ua_anchors_put(struct ua_anchors **list, const struct tls_cred *cred);
void ua_anchors_settle(struct ua_anchors **list);

/* All of them, whatever the count. */
void ua_anchors_free(struct ua_anchors **list);

#endif
