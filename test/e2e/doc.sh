#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the shell blocks of doc/your-pbx.md as a new user would type them.
set -eu
B=${B:-build}
root=$(pwd)
dir=$(mktemp -d)
pid=
finish()
{
    code=$?
    # Only what the page's own commands started.
    if [ -f "$dir/pbx.pid" ]; then
        kill "$(cat "$dir/pbx.pid")" 2>/dev/null || :
    fi
    [ "$code" = 0 ] || { cat "$dir"/*.log 2>/dev/null || :; }
    rm -rf "$dir"
    exit "$code"
}
trap finish EXIT
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' \
    "$root/doc/your-pbx.md" >"$dir/page.sh"
[ "$(grep -c register "$dir/page.sh")" -ge 1 ] || {
    echo "not ok - doc/your-pbx.md has no commands to run"
    exit 1
}
# The page's port is 5061; the tests' comes from the kernel.
PORT=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
    Listen => 1, LocalAddr => "127.0.0.1:0")->sockport')
cd "$dir"
{
    echo 'set -eu'
    cat page.sh
} >run.sh
sed -i 's/^PBX=\$!$/&; echo "$PBX" >pbx.pid/' run.sh
if NAME=example.test PORT=$PORT SIPLOCK="$root/$B/siplock" \
    sh ./run.sh >out.log 2>&1; then
    grep -q 'state=registered' out.log ||
        { echo "not ok - no registration in the output"; exit 1; }
    echo "ok - doc/your-pbx.md, as it is written, registers at Kamailio"
else
    echo "not ok - doc/your-pbx.md, as it is written"
    exit 1
fi
