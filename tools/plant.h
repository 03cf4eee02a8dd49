/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in clear, planted on purpose to test the wire's judge. */
#ifndef TOOLS_PLANT_H
#define TOOLS_PLANT_H

#include <stdint.h>

struct plant {
    int listener, client, server;
    int udp;
    uint16_t port;       /* TCP */
    uint16_t media_port; /* UDP */
};

/* Nothing is open; plant_close is fine then. */
#define PLANT_NONE ((struct plant){-1, -1, -1, -1, 0, 0})

/* Binds on loopback; 0 or -1. */
int plant_open(struct plant *p);
/* Sends a REGISTER and an RTP packet in clear to itself. */
int plant_send(struct plant *p);
void plant_close(struct plant *p);

#endif
