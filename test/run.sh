#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs test programs, one line each; the last line says how many cases passed.
#
# run.sh PROGRAM... with B=build directory, SKIP="names to leave out": e2e/x,
# x, or what the names of several begin with before "_". One more runs at once
# than there are cores, since some wait; programs of e2e come after all others
# and wait for most of their time: JOBS of them (3) run at once.
# Cases are counted from cmocka's output, or from TAP's "ok"/"not ok" lines;
# a program with neither is one case. Output goes to $B/log/NAME.log and is
# shown only when the program fails.
set -u
B=${B:-build}
JOBS=${JOBS:-3}
QUICK=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1))
log=$B/log
mkdir -p "$log"
# Against hangs only; no test's verdict depends on it.
guard=
command -v timeout >/dev/null && guard="timeout -k 10 ${TEST_TIMEOUT:-900}"

# count FILE PATTERN: the lines that match
count()
{
    grep -cE "$2" "$1"
}

# asked_out NAME: whether SKIP= names it
asked_out()
{
    for word in ${SKIP:-}; do
        case $1 in
        "$word" | */"$word" | "$word"_* | */"$word"_*) return 0 ;;
        esac
    done
    return 1
}

# name_of PROGRAM: what it is called here
name_of()
{
    name=${1#"$B"/}
    name=${name#test/}
}

# verdict FILE STATUS: sets p and f, how many cases passed and failed
verdict()
{
    p=$(count "$1" '^(\[ +OK +\]|ok )')
    f=$(count "$1" '^(\[ +(FAILED|ERROR) +\] [A-Za-z_]|not ok )')
    # cmocka names each failed case twice, as it happens and at the end; 1.1.7
    # names the group, too.
    n=$(grep -E '^\[ +FAILED +\] [A-Za-z_]' "$1" |
        grep -v 'test(s), listed below:$' | sort -u | wc -l)
    [ "$n" -gt 0 ] && f=$((n + 0))
    if [ "$2" = 0 ] && [ "$f" = 0 ]; then
        # TAP without cases, or nothing said: one case.
        [ "$p" -gt 0 ] || p=1
    else
        [ "$f" -gt 0 ] || f=1 # it died before it could say which one
    fi
}

# one PROGRAM: runs it, says how it went and leaves its counts in the tally
one()
{
    name_of "$1"
    file=$log/$(echo "$name" | tr / -).log
    case $1 in /*) program=$1 ;; *) program=./$1 ;; esac
    # shellcheck disable=SC2086
    B=$B $guard "$program" >"$file" 2>&1 </dev/null
    status=$?
    verdict "$file" "$status"
    echo "$p $f" >>"$log/tally"
    if [ "$f" = 0 ]; then
        echo "ok    $name ($p)"
        return
    fi
    case $status in
    124 | 137) why="hung, killed after ${TEST_TIMEOUT:-900} s" ;;
    *) why="exit status $status" ;;
    esac
    # In one piece, whatever others say at the same time.
    said="FAIL  $name ($f of $((p + f)); $why); the end of $file:
$(tail -n 60 "$file" | sed 's/^/      /')"
    printf '%s\n' "$said"
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit 0
fi

skip=0 skipped='' ran=0
many=$log/many quick=$log/quick
: >"$log/tally"
: >"$many"
: >"$quick"
for program; do
    name_of "$program"
    if asked_out "$name"; then
        echo "skip  $name (asked for by SKIP=)"
        skip=$((skip + 1)) skipped="$skipped $name"
        continue
    fi
    ran=$((ran + 1))
    case $name in
    e2e/*) echo "$program" >>"$many" ;;
    *) echo "$program" >>"$quick" ;;
    esac
done
[ ! -s "$quick" ] || B=$B xargs -P "$QUICK" -n 1 "$0" --one <"$quick"
[ ! -s "$many" ] || B=$B xargs -P "$JOBS" -n 1 "$0" --one <"$many"

# A program that left no counts has failed, too.
# shellcheck disable=SC2046
set -- $(awk -v ran="$ran" '{ p += $1; f += $2 }
    END { print p + 0, f + ran - NR }' "$log/tally")
if [ "$skip" -gt 0 ]; then
    echo "not run, as SKIP= asked:$skipped"
    echo "$1 passed, $2 failed, $skip skipped"
else
    echo "$1 passed, $2 failed"
fi
[ "$2" = 0 ]
