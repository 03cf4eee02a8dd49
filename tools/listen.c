/* SPDX-License-Identifier: Apache-2.0 */
/* Listening for calls without an account. */
#include "tools/listen.h"

int session_listen(struct session *s, const struct listen_terms *terms)
{
    char text[200];

    snprintf(text, sizeof(text), "%s: this build cannot listen for calls",
             terms->at);
    session_error(s, "config", "config_invalid", "use --account FILE", text);
    return EXIT_CONFIG;
}
