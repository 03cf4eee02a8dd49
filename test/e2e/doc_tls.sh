#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the commands of doc/tls.md's private CA as an operator would.
set -eu
B=${B:-build}
root=$(pwd)
dir=$(mktemp -d)
server=
finish()
{
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    rm -rf "$dir"
}
trap finish EXIT
not_ok()
{
    echo "not ok - $1"
    cat "$dir"/*.log >&2 2>/dev/null || :
    exit 1
}
awk '/^## A private CA/ { on = 1 } /^## Renew/ { on = 0 }
    on && sub(/^    /, "")' "$root/doc/tls.md" >"$dir/page.sh"
[ "$(grep -c openssl "$dir/page.sh")" -ge 3 ] ||
    not_ok "doc/tls.md has no commands for a private CA"
cd "$dir"
sh -e page.sh >page.log 2>&1 || not_ok "doc/tls.md's private CA, as written"
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
    Listen => 1, LocalAddr => "127.0.0.1:0")->sockport')
# Its input must not end, or s_server ends each connection with it.
mkfifo open
exec 3<>open
openssl s_server -quiet -accept "127.0.0.1:$port" -cert pbx.pem \
    -key pbx.key >/dev/null 2>server.log <open &
server=$!
i=0
until "$root/$B/siplock" tls "127.0.0.1:$port" --domain example.com \
    --ca ca.pem --expect-cert pbx.pem >look.log 2>&1; do
    i=$((i + 1))
    [ "$i" -lt 50 ] || not_ok "the certificate of doc/tls.md is refused"
    sleep 0.2
done
echo "ok - doc/tls.md's private CA, as it is written, is taken"
# The pin that the server's own file gives is the one that is printed.
pin=$(openssl x509 -in pbx.pem -noout -pubkey | openssl pkey -pubin \
    -outform der | openssl dgst -sha256 -binary | base64)
got=$("$root/$B/siplock" tls "127.0.0.1:$port" --domain example.com \
    --ca ca.pem --print-pin)
[ "$got" = "sha256/$pin" ] || not_ok "the pins differ: $got, $pin"
echo "ok - --print-pin says what openssl says"
