/* SPDX-License-Identifier: Apache-2.0 */
/* What is unusual about an account's trust, told as notices. */
#include "ua/trust.h"

#include "tls/cred.h"
#include "tls/engine.h"
#include "ua/event.h"

void ua_trust_added(struct ua_account *acc)
{
    if (!acc->cred)
        return;
    if (tls_cred_pin_only(acc->cred))
        ua_event_notice(acc, "trust_pins");
    if (tls_cred_pins(acc->cred) == 1)
        ua_event_notice(acc, "pin_without_backup");
}

void ua_trust_up(struct ua_account *acc, const struct tls_facts *f)
{
    if (!f)
        return;
    if (f->pins_expired)
        ua_event_notice(acc, "pins_expired");
    if (f->pin > 0)
        ua_event_notice(acc, "pin_backup_used");
    if (f->disorder)
        ua_event_notice(acc, "chain_disorder");
    if (f->extra)
        ua_event_notice(acc, "chain_extra");
}
