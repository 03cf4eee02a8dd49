/* SPDX-License-Identifier: Apache-2.0 */
/* The exit codes of the client: a contract with scripts. */
#ifndef TOOLS_EXITCODE_H
#define TOOLS_EXITCODE_H

enum exitcode {
    EXIT_DONE = 0,
    EXIT_OTHER = 1,
    EXIT_USAGE = 2,
    EXIT_CONFIG = 3,
    EXIT_DNS = 4,
    EXIT_CONNECT = 5,
    EXIT_CERT = 6,
    EXIT_POLICY = 7,
    EXIT_AUTH = 8,
    EXIT_REGISTER = 9,
    EXIT_CALL = 10,
    EXIT_MEDIA = 11,
    EXIT_PUSH = 12,
    EXIT_TIMEOUT = 13,
    EXIT_EXPECT = 14,
    EXIT_INTERRUPTED = 130
};

/* The code for a cause's domain ("dns", "certificate", …); NULL: done. */
int exitcode_of(const char *domain);

#endif
