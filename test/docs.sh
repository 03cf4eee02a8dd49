#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shows that what the pages name is there: tests, files, options, notices.
#
# docs.sh prints TAP as wall.sh does. Tests are named as `file`, `file: test`
# and then further `test`s of that file: in the last column of doc/rfc.md's
# first table, and anywhere in doc/hazards.md's tables. First it plants rows
# that name what is not there and must find each.
# shellcheck disable=SC2016 # backticks are what it looks for
set -u
cd "$(dirname "$0")/.." || exit
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C
pages=$(echo README.md doc/*.md)
# shellcheck source=test/report.sh
. test/report.sh

# quoted PAGE last|all: "LINE FOLDER TEXT" for what stands between backticks
# in that column; FOLDER is the word before it, until a ";" or the cell's end,
# which is a line of its own.
quoted()
{
    awk -v which="$2" '
        !/^\|/ { table += on; on = 0; next }
        { on = 1 }
        /^\|[-|]*$/ || (which == "last" && table > 0) { next }
        {
            n = split($0, cell, "|")
            for (c = which == "last" ? n - 1 : 2; c < n; c++) {
                folder = "unit"
                m = split(cell[c], part, "`")
                for (i = 1; i <= m; i++) {
                    if (i % 2 == 0) { print NR, folder, part[i]; continue }
                    if (part[i] ~ /;/) folder = "unit"
                    if (part[i] ~ /e2e +$/) folder = "e2e"
                    if (part[i] ~ /fuzz +$/) folder = "fuzz"
                }
                print NR, "end", "-"
            }
        }' "$1"
}

# files_of FOLDER NAME: the files of tests that it stands for, if any
files_of()
{
    case $2 in
    sim) glob='test/sim/*.c' ;;
    demo) glob='tools/demo.c' ;;
    wire/*.md) glob=test/$2 ;;
    wire/*) glob=test/$2.md ;;
    nocompile/*) glob=test/$2.c ;;
    fuzz/*) glob=$2.c ;;
    *[!a-z0-9_*]*) glob= ;;
    *) case $1 in
        fuzz) glob=fuzz/$2.c ;;
        *) glob=test/$1/$2.c ;;
        esac ;;
    esac
    for f in $glob; do
        [ ! -f "$f" ] || echo "$f"
    done
}

# has_test NAME FILES: one of them has a function so called, or a macro makes
# it; * is any end
has_test()
{
    word=$(echo "$1" | sed 's/\*/[a-z0-9_]*/g')
    # shellcheck disable=SC2086
    grep -qE "(^|[^a-z0-9_])${word}[(,]" $2
}

# is_path TEXT: with or without its ending, or a pattern
is_path()
{
    # shellcheck disable=SC2231 # a pattern is meant
    for p in $1 $1.*; do
        [ ! -e "$p" ] || return 0
    done
    return 1
}

# A word of the sources that no row takes for a test's name.
is_word()
{
    case $1 in
    'make '*) grep -qE "^${1#make }:" Makefile ;;
    */*) is_path "$1" ;;
    __*) true ;; # of the compiler
    *) grep -rqwF --include='*.[ch]' -e "$1" sip sdp tls media ua tools test ;;
    esac
}

# rule_tests PAGE last|all. With all, what names no test may be any word.
rule_tests()
{
    files=
    quoted "$1" "$2" | while read -r line folder text; do
        name=${text%%: *}
        test=
        [ "$name" = "$text" ] || test=${text#*: }
        if [ "$folder" = end ]; then
            files=
            continue
        fi
        found=$(files_of "$folder" "$name")
        if [ -n "$found" ]; then
            files=$found
        elif [ -z "$test" ] && [ -n "$files" ] && has_test "$text" "$files"
        then
            continue
        elif [ "$2" = all ] && [ -z "$test" ] && is_word "$text"; then
            continue
        else
            echo "$1:$line: there is no test $text"
            continue
        fi
        [ -z "$test" ] || has_test "$test" "$files" ||
            echo "$1:$line: $name has no $test"
    done
}

# What stands between backticks on any of the pages, a line each.
words()
{
    # shellcheck disable=SC2086
    grep -oHn '`[^`]*`' "$@" | tr -d '`'
}

# A path below one of our folders, with or without its ending.
rule_paths()
{
    words "$@" | grep -E \
        ':(sip|sdp|tls|media|ua|tools|test|fuzz|doc)/[^ <>]*$' |
        while IFS= read -r found; do
            path=${found#*:*:}
            is_path "$path" || echo "${found%":$path"}: there is no $path"
        done
}

# Options at the beginning of what is quoted are the client's, or certbot's.
rule_options()
{
    words "$@" | grep -E ':--[a-z]' | while IFS= read -r found; do
        for option in $(echo "$found" | grep -oE -- '--[a-z0-9-]+'); do
            [ "$option" = --deploy-hook ] ||
                grep -qF "\"$option\"" tools/*.[ch] ||
                echo "${found%%:--*}: there is no option $option"
        done
    done
}

# The other way round: what an operator can meet or give is on some page.
rule_said()
{
    grep -ohE '\{"--[a-z0-9-]+"' tools/*.[ch] | grep -oE -- '--[a-z0-9-]+'
    sed -n '/^} members\[\]/,/^};/p' tools/account.c |
        grep -oE '"[a-z0-9_]+"' | tr -d '"'
    grep -ohE '(ua_event_notice\([^"]*|\.notice = )"[a-z_]+"' ua/*.c |
        grep -oE '"[a-z_]+"' | tr -d '"'
}

# planted RULE TEXT [COLUMN]: on a page of its own; the rule must report it
planted()
{
    printf '%b\n' "$2" >"$tmp/page.md"
    # shellcheck disable=SC2086
    "$1" "$tmp/page.md" ${3:-} | grep -q "page.md:[0-9]*: " ||
        echo "$1 did not find: $2" >>"$tmp/self"
}

: >"$tmp/self"
planted rule_tests '| a | `ua_nothing` |' last
planted rule_tests '| a | `ua_rel: nothing_so_called` |' last
planted rule_tests '| a | `ua_rel: acknowledged`, `nothing_so_called` |' last
planted rule_tests '| a | e2e `ua_rel` |' last
planted rule_tests '| a | `wire/nothing.md` |' last
planted rule_tests '| `ua_rel: nothing_so_called` | b |' all
planted rule_tests '| a | `nothing/so_called` |' all
planted rule_paths 'see `ua/nothing_so_called`'
planted rule_options 'give `--nothing-so-called`'
report "the check of the pages finds what is planted" "$tmp/self"
{
    rule_tests doc/rfc.md last
    rule_tests doc/hazards.md all
} >"$tmp/out"
report "each test that doc/rfc.md and doc/hazards.md name is there" "$tmp/out"
# shellcheck disable=SC2086
rule_paths $pages >"$tmp/out"
report "each file that a page names is there" "$tmp/out"
# shellcheck disable=SC2086
rule_options $pages >"$tmp/out"
report "each option that a page names is there" "$tmp/out"
rule_said | sort -u | while read -r word; do
    # shellcheck disable=SC2086
    grep -qE "(^|[\`\" ])$word([\`\" ,]|\$)" $pages ||
        echo "no page has $word"
done >"$tmp/out"
report "options, account members and notices are on some page" "$tmp/out"
exit "$bad"
