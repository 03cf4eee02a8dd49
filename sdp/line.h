/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of single lines: what stands behind "x=". */
#ifndef SDP_LINE_H
#define SDP_LINE_H

#include "sdp/sdp.h"

/* All give SDP_FAULT_none or what is wrong with the value. */

/* nettype SP addrtype SP connection-address */
enum sdp_fault sdp_line_conn(struct sdp_conn *conn, struct slice value);
enum sdp_fault sdp_line_origin(struct sdp_origin *origin, struct slice value);
enum sdp_fault sdp_line_bandwidth(struct slice value);
enum sdp_fault sdp_line_time(struct slice value);
enum sdp_fault sdp_line_repeat(struct slice value);
enum sdp_fault sdp_line_zone(struct slice value);
enum sdp_fault sdp_line_key(struct slice value);

/* The m= line; its formats come from the arena. */
enum sdp_fault sdp_line_media(struct sdp_media *m, struct arena *arena,
                              struct slice value);

/*
 * Where an attribute belongs: m is NULL at session level. The list keeps it
 * raw and its value goes to its member if it has one.
 */
struct sdp_place {
    struct arena *arena;
    struct sdp_common *common;
    struct sdp_media *m;
    struct sdp_attr **tail;
    struct sdp_crypto **crypto_tail;
};
enum sdp_fault sdp_line_attr(struct sdp_place *place, struct slice value);

#endif
