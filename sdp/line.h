/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of single lines: what stands behind "x=". */
#ifndef SDP_LINE_H
#define SDP_LINE_H

#include "sdp/sdp.h"
#include "sip/map.h"

/* All give SDP_FAULT_none or what is wrong with the value. A map, if it is not
 * NULL, has the value and a byte behind it. */

/* nettype SP addrtype SP connection-address */
enum sdp_fault sdp_line_conn(struct sdp_conn *conn, const struct sip_map *map,
                             struct slice value);
enum sdp_fault sdp_line_origin(struct sdp_origin *origin,
                               const struct sip_map *map, struct slice value);
enum sdp_fault sdp_line_bandwidth(struct slice value);
enum sdp_fault sdp_line_time(struct slice value);
enum sdp_fault sdp_line_repeat(struct slice value);
enum sdp_fault sdp_line_zone(struct slice value);
enum sdp_fault sdp_line_key(struct slice value);

/* Attributes of the session, of media, of RTP media. */
enum sdp_level { SDP_AT_SESSION = 1, SDP_AT_MEDIA = 2, SDP_AT_RTP = 4 };

/*
 * Where an attribute belongs: m is NULL at session level. The list keeps it
 * raw and its value goes to its member if it has one.
 */
struct sdp_place {
    struct arena *arena;
    const struct sip_map *map;
    unsigned levels; /* enum sdp_level bits */
    struct sdp_common *common;
    struct sdp_media *m;
    struct sdp_attr **tail;
    struct sdp_crypto **crypto_tail;
};
enum sdp_fault sdp_line_attr(struct sdp_place *place, struct slice value);

/* Where lines are to be read, and how many there may be yet. */
struct sdp_lines {
    const char *p;
    const uint16_t *unusual; /* of the map: the first that is not before p */
    unsigned left;
};

/* The a= lines that are next, if they are in place->map and end in CR LF
 * before anything unusual. On a fault at->p is the line that has it. */
enum sdp_fault sdp_line_attrs(struct sdp_place *place, struct sdp_lines *at);

/* The m= line of place->m; its formats come from the arena. */
enum sdp_fault sdp_line_media(struct sdp_place *place, struct slice value);

#endif
