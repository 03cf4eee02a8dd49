/* SPDX-License-Identifier: Apache-2.0 */
/* siplock parse: says of files whether each is one valid message or SDP. */
#ifndef TOOLS_PARSE_H
#define TOOLS_PARSE_H

#include <stdio.h>

/*
 * argv holds the argc names of the files, maybe with --sdp before them: they
 * are session descriptions then, not messages. One JSON object a line
 * goes to out, complaints about files that cannot be read to stderr.
 * Returns the exit code: 0 if all files could be read; 1; 2 for usage.
 */
int tool_parse(int argc, char **argv, FILE *out);

#endif
