/* SPDX-License-Identifier: Apache-2.0 */
/* Naming a dialog from outside of it: Replaces, Target-Dialog, sipfrag. */
#ifndef SIP_DIALOGID_H
#define SIP_DIALOGID_H

#include "sip/dialog.h"

/*
 * As its reader sees it: to_tag is the reader's own tag, from_tag the other
 * side's (RFC 3891 3, RFC 4538 7). Borrows from the header's value.
 */
struct sip_dialog_id {
    struct slice call_id, to_tag, from_tag;
    bool early_only; /* of Replaces */
};

/* The values of the two header fields. E_SYNTAX. */
int sip_dialog_id_replaces(struct sip_dialog_id *id, struct slice value);
int sip_dialog_id_target(struct sip_dialog_id *id, struct slice value);

/* Is it this one? Also one that has ended, if it has not been freed. */
bool sip_dialog_id_is(const struct sip_dialog_id *id,
                      const struct sip_dialog *d);

/* A value of Replaces that names d to the other side of it (4). */
void sip_dialog_id_write(struct out *o, const struct sip_dialog *d);

/* The same as a value of Target-Dialog (RFC 4538 7). */
void sip_dialog_id_name(struct out *o, const struct sip_dialog *d);

/* The status line that a body of message/sipfrag (RFC 3420) starts with; the
 * phrase borrows from it. E_SYNTAX. */
int sip_frag_status(struct slice body, unsigned *status, struct slice *phrase);

/* The value of a header in a URI ("?Replaces=…", RFC 3261 19.1.1), by name in
 * any case, unescaped into o. E_NOTFOUND; E_SYNTAX: there twice, or a broken
 * escape; E_TOOBIG. */
int sip_uri_header(struct out *o, const struct sip_uri *uri,
                   struct slice name);

/* Escapes what must not stand in the value of such a header. */
void sip_write_uri_header(struct out *o, struct slice raw);

#endif
