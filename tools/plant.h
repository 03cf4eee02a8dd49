/* SPDX-License-Identifier: Apache-2.0 */
/* A packet in clear, planted on purpose to test the wire's judge. */
#ifndef TOOLS_PLANT_H
#define TOOLS_PLANT_H

#include <stdint.h>

struct plant {
    int listener, client, server;
    uint16_t port;
};

/* Listens on loopback; 0 or -1. */
int plant_open(struct plant *p);
/* Connects to itself and sends a REGISTER in clear. */
int plant_send(struct plant *p);
void plant_close(struct plant *p);

#endif
