#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The linters over every file: layout, clang-tidy, cppcheck, the house's rules.
#
# lint.sh FLAGS: what the compiler gets. Each finding has file and line.
set -u
flags=$1
bad=0
files=$(git ls-files --cached --others --exclude-standard '*.c' '*.h' |
    grep -v '^test/nocompile/')
sources=$(echo "$files" | grep '\.c$')

step()
{
    echo "lint: $1" >&2
}

step "first two lines of every file"
for f in $(git ls-files '*.c' '*.h' '*.sh' Makefile .ci/run); do
    head -n 3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
        { echo "$f:1: no SPDX line"; bad=1; }
    case $f in *.c | *.h)
        sed -n 2p "$f" | grep -q '^/\* .* \*/$' ||
            { echo "$f:2: the second line must say what the file is for"
              bad=1; } ;;
    esac
    n=$(wc -l <"$f")
    [ "$n" -le 600 ] || { echo "$f:601: $n lines; 600 is the limit"; bad=1; }
done

step "a .c includes its own header first"
for f in $sources; do
    h=${f%.c}.h
    [ ! -f "$h" ] || [ "$(grep -m 1 '^#include' "$f")" = "#include \"$h\"" ] ||
        { echo "$f: the first #include must be \"$h\""; bad=1; }
done

step "every header stands alone"
for h in $(echo "$files" | grep '\.h$'); do
    # shellcheck disable=SC2086
    echo "#include \"$h\"" | ${CC:-cc} $flags -Wall -Wextra -fsyntax-only \
        -x c - || { echo "$h: does not stand alone"; bad=1; }
done

step "clang-format"
# shellcheck disable=SC2086
clang-format --dry-run -Werror $files || bad=1

step "function sizes"
echo "$sources" | ctags -x \
    --_xformat='%{input} %{line} %{end} %{name} %{signature}' \
    --kinds-c=f --fields=+neS -L - | awk '
    { n = $3 - $2 + 1; sig = $0; p = gsub(/,/, "", sig) + 1 }
    n > 100 { printf "%s:%d: %s has %d lines; 100 is the limit\n",
              $1, $2, $4, n; bad = 1 }
    # mbedTLS gives the form of its callback for the key log.
    p > 5 && $1 ~ /^(sip|sdp|tls|media|push|ua)\// && $4 != "on_key" {
              printf "%s:%d: %s has %d parameters; 5 is the limit\n",
              $1, $2, $4, p; bad = 1 }
    END { exit bad }' || bad=1

step "cppcheck"
# What it would need headers for is told on the command line: that a failed
# check ends a test, and which mbedTLS there is.
# shellcheck disable=SC2086
cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -I . -j 2 \
    --enable=warning,portability,performance \
    --suppress=missingInclude --suppress=missingIncludeSystem \
    --suppress=normalCheckLevelMaxBranches --suppress=unmatchedSuppression \
    '--suppress=nullPointerRedundantCheck:test/*' \
    --suppress=ctuuninitvar --suppress=incorrectCharBooleanError \
    -D__STDC_VERSION__=201112L -DMBEDTLS_VERSION_NUMBER=0x03060600 \
    '-Djson_object_foreach(o,k,v)=for((k)=f(o);(k)&&((v)=g(k));)' \
    '-Dfail_msg(...)=abort()' '-Dassert_non_null(p)=if(!(p))abort()' \
    --template='{file}:{line}: {id}: {message}' $sources || bad=1

# Not over the tests, whose cmocka asserts the analyzer takes for ordinary
# calls, nor where it would need the headers of the benchmark's peers.
step "clang-tidy"
# shellcheck disable=SC2086
echo "$sources" | grep -Ev '^(test|fuzz/peer)/' | xargs -P 2 -n 4 sh -c '
    flags=$0
    clang-tidy --quiet "$@" -- $flags -DPOLICY_FOR_TOOLS 2>/dev/null' \
    "$flags" || bad=1

[ "$bad" = 0 ] && echo "lint: clean" >&2
exit "$bad"
