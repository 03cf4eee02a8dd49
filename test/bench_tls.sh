#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CPU of resumed TLS handshakes against full ones; memory of an account.
#
# bench_tls.sh with B=build directory. N connections of each kind; what is
# counted is this client's CPU from the dial to "verified". For Kamailio with
# four workers the share that resumes is told: each has a ticket key.
set -eu
B=${B:-build}
N=${N:-200}
ACCOUNTS=${ACCOUNTS:-200}
dir=$(mktemp -d)
pids=
finish()
{
    for p in $pids; do
        kill "$p" 2>/dev/null || :
    done
    wait 2>/dev/null || :
    rm -rf "$dir"
}
trap finish EXIT

for tool in openssl kamailio; do
    command -v "$tool" >/dev/null || {
        echo "bench: left out: TLS handshakes ($tool is not here)" >&2
        exit 0
    }
done

free_port()
{
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
        Listen => 1, LocalAddr => "127.0.0.1:0")->sockport'
}

# key NAME: the number of a member of the last report
key()
{
    sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$dir/report" | tail -n 1
}

# look PORT WORDS...
look()
{
    port=$1
    shift
    "$B/siplock" tls "127.0.0.1:$port" --domain example.test \
        --ca "$dir/ca.pem" --json "$@" >"$dir/report" 2>&1 || {
        cat "$dir/report" >&2
        exit 1
    }
}

# compare WHAT PORT
compare()
{
    for i in 1 2 3 4 5 6 7 8 9 10; do
        if "$B/siplock" tls "127.0.0.1:$2" --domain example.test \
            --ca "$dir/ca.pem" >/dev/null 2>&1; then break; fi
        sleep 0.3
    done
    look "$2" --repeat "$N" --no-resume
    full=$(key cpu_full_us)
    look "$2" --repeat "$N"
    part=$(key cpu_resumed_us)
    count=$(key resumed)
    awk -v w="$1" -v f="$full" -v p="$part" -v c="$count" -v n="$N" 'BEGIN {
        printf "%s: full %d us, resumed %d us of CPU, ratio %.2f; " \
            "%d of %d resumed\n", w, f, p, (f && p ? p / f : 0), c, n - 1 }'
}

# A chain as public CAs give it: root, intermediate, leaf, all on P-256.
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
# shellcheck disable=SC2086
{
    openssl req -x509 $ec -keyout "$dir/ca.key" -out "$dir/ca.pem" -days 2 \
        -subj "/CN=Bench root"
    for c in middle leaf; do
        openssl req $ec -keyout "$dir/$c.key" -out "$dir/$c.csr" \
            -subj "/CN=$c"
    done
    echo basicConstraints=critical,CA:TRUE >"$dir/middle.ext"
    echo subjectAltName=DNS:example.test >"$dir/leaf.ext"
    openssl x509 -req -in "$dir/middle.csr" -CA "$dir/ca.pem" \
        -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
        -extfile "$dir/middle.ext" -out "$dir/middle.pem"
    openssl x509 -req -in "$dir/leaf.csr" -CA "$dir/middle.pem" \
        -CAkey "$dir/middle.key" -CAcreateserial -days 2 \
        -extfile "$dir/leaf.ext" -out "$dir/leaf.pem"
} 2>/dev/null
cat "$dir/leaf.pem" "$dir/middle.pem" >"$dir/server.pem"
cp "$dir/leaf.key" "$dir/server.key"

# Its input must not end, or s_server ends each connection with it.
mkfifo "$dir/open"
exec 3<>"$dir/open"

for v in 2 3; do
    port=$(free_port)
    openssl s_server -quiet -accept "127.0.0.1:$port" -tls1_$v \
        -cert "$dir/leaf.pem" -cert_chain "$dir/middle.pem" -key "$dir/server.key" \
        >/dev/null 2>&1 <"$dir/open" &
    pids="$pids $!"
    compare "openssl s_server, TLS 1.$v" "$port"
done

for workers in 1 4; do
    port=$(free_port)
    sed -e "s/@PORT@/$port/; s/@WORKERS@/$workers/; s/@IDLE@/120/" \
        -e "s,@DIR@,$dir,; s/@DOMAIN@/example.test/; s/@ALGORITHM@/MD5/" \
        -e "s/@MAX_EXPIRES@/3600/; s/@MIN_EXPIRES@/60/; s/@PASSWORD@/x/; s/@DATE@//; s/@BUSY@//" \
        -e "s/@HOST@/127.0.0.1/; s/@UDP@/$port/" \
        test/e2e/registrar.cfg >"$dir/kamailio-$workers.cfg"
    sed -e "s/@TLS@/TLSv1.2+/; s/@MUTUAL@/no/; s/@CA_LIST@/# /" \
        -e "s,@DIR@,$dir," test/e2e/tls.cfg >"$dir/tls.cfg"
    mkdir "$dir/run-$workers"
    kamailio -DD -E -f "$dir/kamailio-$workers.cfg" -Y "$dir/run-$workers" \
        -m 64 -M 8 >"$dir/kamailio.log" 2>&1 &
    pids="$pids $!"
    compare "Kamailio, tcp_children=$workers, TLS 1.3" "$port"
done

# The asks: 28 KiB with an mbedTLS of our own, 48 with the distribution's; 3 on
# a flow that all share.
if [ -x "$B/bench-account" ]; then
    printf 'a registered account with a TLS flow of its own: '
    "$B/bench-account" "127.0.0.1:$port" "$dir/ca.pem" x "$ACCOUNTS"
    printf 'on a flow that all share: '
    "$B/bench-account" "127.0.0.1:$port" "$dir/ca.pem" x "$ACCOUNTS" shared
fi
