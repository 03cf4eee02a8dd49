/* SPDX-License-Identifier: Apache-2.0 */
/* From a cause's domain to the client's exit code. */
#include "tools/exitcode.h"

#include <stddef.h>
#include <string.h>

int exitcode_of(const char *domain)
{
    static const struct {
        const char *domain;
        enum exitcode code;
    } map[] = {
        {"none", EXIT_DONE},
        {"config", EXIT_CONFIG},
        {"dns", EXIT_DNS},
        {"connect", EXIT_CONNECT},
        {"tls", EXIT_CONNECT},
        {"certificate", EXIT_CERT},
        {"policy", EXIT_POLICY},
        {"auth", EXIT_AUTH},
        {"registration", EXIT_REGISTER},
        {"call", EXIT_CALL},
        {"media", EXIT_MEDIA},
        {"push", EXIT_PUSH},
        {"timeout", EXIT_TIMEOUT},
    };

    if (!domain)
        return EXIT_DONE;
    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
        if (strcmp(domain, map[i].domain) == 0)
            return (int)map[i].code;
    return EXIT_OTHER;
}
