/* SPDX-License-Identifier: Apache-2.0 */
/* A network of the test's own, where everything on the wire is its doing. */
#ifndef TEST_E2E_HARNESS_NETNS_H
#define TEST_E2E_HARNESS_NETNS_H

/* Here, where the test and its children are; and there, a second one for
 * a peer that refuses loopback addresses. */
#define NETNS_HERE "192.0.2.1"
#define NETNS_THERE "192.0.2.2"

/*
 * Moves this process and its children to come into a network namespace of
 * its own (and, without root, a user namespace) with a loopback interface
 * and a cable to a second one. Nothing leads out of the two. To be called
 * once, by main, before any thread; ends the program with a message if it
 * fails.
 */
void netns_enter(void);

/* One more address here, as "2001:db8::1/128"; after netns_enter. */
void netns_address(const char *address);

/* An address that takes packets and never answers: a route and a neighbour
 * that nobody is. */
void netns_swallow(const char *address);

/* The process id of the second: nsenter -t ID -n runs a command there. */
const char *netns_there(void);

#endif
