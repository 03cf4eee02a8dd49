#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs test programs, one line each; the last line says how many cases passed.
#
# run.sh PROGRAM... with B=build directory, SKIP="names to leave out": e2e/x,
# x, or what the names of several begin with before "_".
# Cases are counted from cmocka's output, or from TAP's "ok"/"not ok" lines;
# a program with neither is one case. Output goes to $B/log/NAME.log and is
# shown only when the program fails.
set -u
B=${B:-build}
log=$B/log
pass=0 fail=0 skip=0 skipped=
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

for program; do
    name=${program#"$B"/}
    name=${name#test/}
    if asked_out "$name"; then
        echo "skip  $name (asked for by SKIP=)"
        skip=$((skip + 1)) skipped="$skipped $name"
        continue
    fi
    file=$log/$(echo "$name" | tr / -).log
    case $program in /*) ;; *) program=./$program ;; esac
    # shellcheck disable=SC2086
    B=$B $guard "$program" >"$file" 2>&1 </dev/null
    status=$?
    p=$(count "$file" '^(\[ +OK +\]|ok )')
    f=$(count "$file" '^(\[ +(FAILED|ERROR) +\] [A-Za-z_]|not ok )')
    # cmocka names each failed case twice: as it happens and at the end.
    n=$(grep -E '^\[ +FAILED +\] [A-Za-z_]' "$file" | sort -u | wc -l)
    [ "$n" -gt 0 ] && f=$((n + 0))
    if [ "$status" = 0 ] && [ "$f" = 0 ]; then
        # TAP without cases, or nothing said: one case.
        [ "$p" -gt 0 ] || p=1
        echo "ok    $name ($p)"
        pass=$((pass + p))
        continue
    fi
    [ "$f" -gt 0 ] || f=1 # it died before it could say which one
    pass=$((pass + p)) fail=$((fail + f))
    case $status in
    124 | 137) why="hung, killed after ${TEST_TIMEOUT:-900} s" ;;
    *) why="exit status $status" ;;
    esac
    echo "FAIL  $name ($f of $((p + f)); $why); the end of $file:"
    tail -n 60 "$file" | sed 's/^/      /'
done

if [ "$skip" -gt 0 ]; then
    echo "not run, as SKIP= asked:$skipped"
    echo "$pass passed, $fail failed, $skip skipped"
else
    echo "$pass passed, $fail failed"
fi
[ "$fail" = 0 ]
