#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the benchmarks over ../shared/bench, varied as the peers' figures were.
set -eu
B=${B:-build}
shared=../shared/bench
corpus=$B/bench-corpus

if [ $# = 0 ]; then
    echo "bench: no benchmark is built (test/bench/*.c)" >&2
    exit 1
fi
if [ ! -d "$shared/corpus" ]; then
    echo "bench: left out: $shared is not here, and nothing else has the" \
        "messages that the peers were measured with"
    exit 0
fi
# mkvar.py writes beside itself and ../shared is read-only: copy it first.
if [ ! -d "$corpus/corpusv/c" ]; then
    rm -rf "$corpus"
    mkdir -p "$corpus"
    cp -R "$shared/corpus" "$shared/mkvar.py" "$shared/invite.sdp" "$corpus/"
    chmod -R u+w "$corpus"
    if command -v python3 >/dev/null; then
        python3 "$corpus/mkvar.py"
    else
        echo "bench: left out: the varied messages (no python3)"
    fi
fi
for program; do
    echo "# $program: the messages as they are"
    "$program" "$corpus"/corpus/*.sip
    if [ -d "$corpus/corpusv/c" ]; then
        echo "# $program: the same, varied"
        "$program" "$corpus"/corpusv/c/*.sip
    fi
done
