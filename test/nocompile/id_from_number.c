/* SPDX-License-Identifier: Apache-2.0 */
/* An account's id is a type of its own, not a number. */
/* fails: incompatible type */
#include "ua/siplock.h"

int f(struct siplock *s, siplock_account account);
int f(struct siplock *s, siplock_account account)
{
#ifdef CONTROL
    return siplock_account_remove(s, account);
#else
    (void)account;
    return siplock_account_remove(s, 7);
#endif
}
