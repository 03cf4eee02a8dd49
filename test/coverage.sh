#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Line coverage of the library by unit tests and simulator, against a floor.
#
# coverage.sh BUILD: the build with COV=1, after its tests ran. Prints the
# files from the worst on; fails below the floor of a folder.
set -eu
B=$1
work=$B/gcov
# folder and per cent: what was measured, rounded down, with a little room.
floors="sip 95
tls 88
ua 80"

rm -rf "$work"
mkdir -p "$work"
find "$B/obj" -name '*.gcda' | grep -E '/obj/(sip|sdp|tls|media|push|ua)/' |
    while read -r f; do
        # The library's own file, not the headers that it includes.
        src=${f#"$B"/obj/}
        src=${src%.gcda}
        gcov -n "$f" 2>/dev/null | awk -v s="${src%.tools}.c" '
            /^File/ { f = $2; gsub(/\x27/, "", f) }
            /^Lines executed/ && f == s {
                split($2, a, ":"); split(a[2], b, "%"); print b[1], $4, s; f = "" }'
    done >"$work/all"
# A file that no test links counts as not covered.
for f in sip/*.c sip/base/*.c sdp/*.c tls/*.c media/*.c push/*.c ua/*.c; do
    [ ! -f "$f" ] || grep -q " $f\$" "$work/all" ||
        echo "0 $(grep -c ';' "$f") $f" >>"$work/all"
done
sort -n "$work/all" | awk '{ printf "%6.1f %% of %4d  %s\n", $1, $2, $3 }'
echo "$floors" | while read -r dir floor; do
    awk -v d="$dir/" -v n="$dir" -v floor="$floor" '
        index($3, d) == 1 { hit += $1 * $2 / 100; all += $2 }
        END {
            if (!all) { print "not ok " n ": nothing was measured"; exit 1 }
            c = 100 * hit / all
            printf "%s %s: %.1f %% of %d lines, floor %d %%\n",
                c < floor ? "not ok" : "ok", n, c, all, floor
            exit c < floor }' "$work/all"
done
