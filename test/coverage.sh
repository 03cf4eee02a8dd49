#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Coverage of the library by unit tests and simulator, against floors: lines of
# each folder, branches of the parsers.
#
# coverage.sh BUILD: the build with COV=1, after its tests ran. Prints the
# files from the worst on; fails below the floor of a folder.
set -eu
B=$1
work=$B/gcov
# folder and per cent: what was measured, rounded down, with a little room.
# These and the one below only rise: who adds a branch adds its test.
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

# Branches of sip/ and sdp/ together, by gcovr (what 5.2 and later know).
branches=96
ret=0
gcovr -r . --object-directory "$B/obj" --filter 'sip/' --filter 'sdp/' \
    --exclude 'test/' --csv "$work/branches" --print-summary \
    --fail-under-branch "$branches" "$B/obj/sip" "$B/obj/sdp" \
    >"$work/summary" 2>"$work/errors" || ret=$?
sed -n 's/^branch[a-z]*: //p' "$work/summary" >"$work/line"
[ -s "$work/line" ] || { cat "$work/errors" >&2; ret=1; }
awk -F, 'NR > 1 && $5 - $6 > 4 {
    printf "%4d branches of %4d not taken  %s\n", $5 - $6, $5, $1 }' \
    "$work/branches" | sort -n
[ "$ret" = 0 ] && ok=ok || ok="not ok"
echo "$ok sip and sdp, branches: $(cat "$work/line"), floor $branches %"
exit "$ret"
