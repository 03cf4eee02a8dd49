/* SPDX-License-Identifier: Apache-2.0 */
/* siplock check-uri: would the policy dial this, and if not, why. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/commands.h"
#include "tools/exitcode.h"
#include "tools/opts.h"
#include "tools/report.h"

int cmd_check_uri(int argc, char **argv)
{
    bool json = false;
    const struct opt opts[] = {{"--json", NULL, &json}};
    struct siplock_refusal refusal = {.size = sizeof(refusal)};
    const char *uri = NULL;
    struct report r;
    struct opts_words words = {&uri, 1, 0};
    json_t *o;
    int err;

    if (opts_read(argc, argv, opts, 1, &words) || words.n != 1) {
        fprintf(stderr, "usage: siplock check-uri URI [--json]\n");
        return EXIT_USAGE;
    }
    report_init(&r, stdout, true); /* one line for programs, always */
    err = siplock_check_uri(uri, &refusal);
    o = json_pack("{s:o,s:b}", "uri", report_text(uri), "allowed", err == 0);
    if (o && err) {
        json_object_set_new(o, "why",
                            json_string(refusal.why ? refusal.why : "syntax"));
        json_object_set_new(o, "text",
                            json_string(refusal.text
                                            ? refusal.text
                                            : siplock_error_text(err)));
        json_object_set_new(o, "remedy",
                            json_string(refusal.remedy ? refusal.remedy : ""));
    } else if (o) {
        json_object_set_new(o, "why", json_null());
    }
    report_emit(&r, "policy.check", o);
    return err ? EXIT_POLICY : EXIT_DONE;
}
