#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Transactions by the number of them; then full parses beside osip2's and
# sofia-sip's, over the same varied messages.
#
# bench.sh with B=build directory, the programs built. Prints what each says
# as JSON and then the ratios: of the medians of interleaved rounds, and of
# the instructions, which do not depend on what else the machine does.
set -eu
B=${B:-build}
ROUNDS=${ROUNDS:-3}
shared=../shared/bench
dir=$B/bench-corpus

if [ -d "$shared/corpus" ] && command -v python3 >/dev/null; then
    # mkvar.py writes beside itself and ../shared is read-only: copy it first.
    if [ ! -d "$dir/corpusv/c" ]; then
        rm -rf "$dir"
        mkdir -p "$dir"
        cp -R "$shared/corpus" "$shared/mkvar.py" "$shared/invite.sdp" "$dir/"
        chmod -R u+w "$dir"
        python3 "$dir/mkvar.py"
    fi
    corpus=$dir/corpusv/c
else
    corpus=test/bench/corpus
    echo "bench: left out: the varied messages that the peers' figures are" \
        "of ($shared/corpus or python3 is not here); in their place the few" \
        "of $corpus, so these figures compare only with each other"
fi

[ ! -x "$B/bench-txn" ] || "$B/bench-txn"

out=$(mktemp)
trap 'rm -f "$out"' EXIT
i=1
while [ "$i" -le "$ROUNDS" ]; do
    more=
    [ "$i" = 1 ] && command -v valgrind >/dev/null && more=--instructions
    for p in sip osip2 sofia; do
        if [ -x "$B/bench-$p" ]; then
            printf '%s ' "$p"
            # shellcheck disable=SC2086
            "$B/bench-$p" $more "$corpus"
        elif [ "$i" = 1 ]; then
            echo "bench: left out: $p ($B/bench-$p is not built)" >&2
        fi
    done
    i=$((i + 1))
done | tee "$out"

awk '
    function get(key, at) {
        at = index($0, "\"" key "\":")
        return at ? substr($0, at + length(key) + 3) + 0 : 0
    }
    function median(p, i, j, t, n) {
        n = count[p]
        for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++)
            if (ns[p, j] < ns[p, i]) {
                t = ns[p, i]; ns[p, i] = ns[p, j]; ns[p, j] = t }
        return ns[p, int((n + 1) / 2)]
    }
    { ns[$1, ++count[$1]] = get("ns_full")
      if (get("instructions")) ir[$1] = get("instructions") }
    END {
        mine = median("sip")
        printf "siplock: %.0f ns", mine
        if (ir["sip"]) printf ", %d instructions", ir["sip"]
        print " a message, fully parsed and read"
        n = split("osip2 sofia", peer, " ")
        for (i = 1; i <= n; i++) {
            p = peer[i]
            if (!count[p]) continue
            printf "%s: %.1f times the time", p, median(p) / mine
            if (ir[p] && ir["sip"])
                printf ", %.1f times the instructions", ir[p] / ir["sip"]
            print ""
        }
    }' "$out"

# What a resumed TLS handshake costs against a full one.
[ ! -x "$B/siplock" ] || B=$B test/bench_tls.sh
