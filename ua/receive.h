/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives on a flow: framed, parsed, given to who it is for. */
#ifndef UA_RECEIVE_H
#define UA_RECEIVE_H

#include "ua/state.h"

/* Decrypted bytes of the account's verified flow. */
void ua_receive(struct ua_account *acc, struct now now, struct slice bytes);

#endif
