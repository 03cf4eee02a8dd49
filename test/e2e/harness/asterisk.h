/* SPDX-License-Identifier: Apache-2.0 */
/* The peer Asterisk: as tools/deps.sh unpacked it, set up by test/e2e/pbx. */
#ifndef TEST_E2E_HARNESS_ASTERISK_H
#define TEST_E2E_HARNESS_ASTERISK_H

#include "test/e2e/harness/scene.h"

/* Zero-initialised members take the value in brackets. */
struct asterisk {
    const char *host; /* "127.0.0.1" */
    int port;         /* TLS; the kernel's choice */
    struct stage *stage;
    struct proc *proc;
    const char *log; /* all that it said, and SIP as it saw it */
};

/* Starts it and waits until it has booted. There are server.pem
 * and speech.wav already. Fails the test when there is no Asterisk. */
void asterisk_start(struct stage *s, struct asterisk *a);

/* A scene with it: started, and its log has the keys. */
void asterisk_begin(struct scene *c, struct asterisk *a, struct stage *s);

#define AT(extension) "sip:" extension "@" PEER_DOMAIN

/* Starts siplock as a user of it. */
#define PHONE(c, a, command, who, ...)                             \
    client_run((c)->stage, command,                                \
               &(struct client){.user = (who), .port = (a)->port}, \
               (const char *[]){__VA_ARGS__, NULL})

/* A command of its own command line, as "asterisk -rx". */
void asterisk_do(struct asterisk *a, const char *command);

/* Calls a registered endpoint, which then gets the extension. */
void asterisk_call(struct asterisk *a, const char *endpoint,
                   const char *extension);

size_t asterisk_logged(const struct asterisk *a, const char *text);
/* Until a text is in its log. */
void asterisk_await(const struct asterisk *a, const char *text);

#endif
