#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the map of the project: each file's second line, folder by folder.
set -eu
cd "$(dirname "$0")/.."

for dir in sip/base sip sdp tls media push ua tools test test/unit test/sim \
    test/e2e test/e2e/harness test/bench test/nocompile fuzz; do
    found=
    for f in "$dir"/*.h "$dir"/*.c "$dir"/*.sh; do
        [ -f "$f" ] || continue
        # A header speaks for its .c.
        case $f in *.c) [ ! -f "${f%.c}.h" ] || continue ;; esac
        [ -n "$found" ] || printf '\n%s/\n' "$dir"
        found=1
        n=2
        case $f in *.sh) n=3 ;; esac
        line=$(sed -n "${n}s,^\(/\*\|#\) *,,;${n}s, *\*/\$,,;${n}p" "$f")
        printf '  %-16s %s\n' "$(basename "$f")" "$line"
    done
done
