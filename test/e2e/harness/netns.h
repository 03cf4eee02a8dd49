/* SPDX-License-Identifier: Apache-2.0 */
/* A network of the test's own, where everything on the wire is its doing. */
#ifndef TEST_E2E_HARNESS_NETNS_H
#define TEST_E2E_HARNESS_NETNS_H

/* Two addresses that are not loopback, for peers that refuse loopback. */
#define NETNS_HERE "192.0.2.1"
#define NETNS_THERE "192.0.2.2"

/*
 * Moves this process and its children to come into a network namespace of
 * its own (and, without root, a user namespace) with a loopback interface
 * and the two addresses, joined by a veth pair; packets between them pass
 * the loopback interface. Nothing leads out of it. To be called once, by
 * main, before any thread; ends the program with a message if it fails.
 */
void netns_enter(void);

#endif
