#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the shell blocks of doc/first-call.md as a new user would type them,
# with the Asterisk that tools/deps.sh unpacked, in a network of its own.
set -eu
[ "${1:-}" = inside ] || {
    n=-n
    [ "$(id -u)" = 0 ] || n=-rn
    exec unshare "$n" "$0" inside
}
ip link set lo up
B=${B:-build}
root=$(pwd)
pbx=$root/build/deps/asterisk
[ -x "$pbx/asterisk" ] || {
    echo "not ok - no $pbx/asterisk: run tools/deps.sh asterisk"
    exit 1
}
dir=$(mktemp -d)
finish()
{
    code=$?
    # Only what the page's own commands started.
    if [ -f "$dir/pbx.pid" ]; then
        kill "$(cat "$dir/pbx.pid")" 2>/dev/null || :
    fi
    [ "$code" = 0 ] || tail -n 99 "$dir"/first-call/*.log "$dir"/*.log || :
    rm -rf "$dir"
    exit "$code"
}
trap finish EXIT
cd "$dir"
# asterisk.conf names two more places: the system has no Asterisk.
{
    echo "set -eu; PATH=$pbx:\$PATH"
    awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' \
        "$root/doc/first-call.md"
} | sed -e 's|^PBX=\$!$|&; echo "$PBX" >../pbx.pid|' -e "s|^\[directories\]\$|&\\
astmoddir => $pbx/modules\\
astdatadir => $pbx/data|" >run.sh
[ "$(grep -c SIPLOCK run.sh)" -ge 3 ] || {
    echo "not ok - doc/first-call.md has no commands to run"
    exit 1
}
SIPLOCK="$root/$B/siplock" sh ./run.sh >out.log 2>&1 || {
    echo "not ok - doc/first-call.md, as it is written"
    exit 1
}
for text in state=registered state=established suite=AES_CM_128_HMAC_SHA1_80 \
    codec=opus 'refused, with exit code 10'; do
    grep -q "$text" out.log || {
        echo "not ok - no $text in the output"
        exit 1
    }
done
echo "ok - doc/first-call.md, as it is written, hears its echo"
# More than nine of the ten seconds came back: 48000 samples of 2 bytes each.
[ "$(wc -c <first-call/echo.wav)" -gt 870000 ] || {
    echo "not ok - echo.wav is too short"
    exit 1
}
echo "ok - echo.wav holds what was heard"
