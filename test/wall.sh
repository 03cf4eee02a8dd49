#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shows that the folders' rule and the wall hold, in sources and objects.
#
# wall.sh with B=build directory (made by make all) and CC. Prints TAP: one
# "ok" or "not ok" a rule, what is wrong behind "#", with file and line.
# First it plants one violation of each kind and must find it.
set -u
B=${B:-build}
CC=${CC:-cc}
folders="sip sdp tls media push ua tools"
# shellcheck source=test/report.sh
. "$(dirname "$0")/report.sh"

# All #includes below $1 as "file:line:header", header with its <> or "".
includes()
{
    (cd "$1" && find $folders -name '*.[ch]' 2>/dev/null | sort |
        xargs grep -n '^[[:space:]]*#[[:space:]]*include' /dev/null |
        sed 's/^\([^:]*:[0-9]*\):[^<"]*\([<"][^>"]*[>"]\).*/\1:\2/')
}

# A folder includes itself and what stands to its left.
rule_folders()
{
    includes "$1" | awk -F: -v order="$folders" '
        BEGIN { n = split(order, f, " ")
                for (i = 1; i <= n; i++) rank[f[i]] = i }
        $3 ~ /^"/ {
            h = $3; gsub(/"/, "", h)
            split($1, from, "/"); split(h, to, "/")
            if (!(to[1] in rank))
                print $1 ":" $2 ": " $3 " is not below a folder of the rule"
            else if (rank[to[1]] > rank[from[1]])
                print $1 ":" $2 ": " from[1] "/ must not include " $3
            if (h == "tls/sealed_make.h" && \
                $1 !~ /^(tls\/sealed|media\/seal)\.c$/)
                print $1 ":" $2 ": " $3 " is for those who may seal" }'
}

# Who may name a dependency's header; sip/ and sdp/ have a list of their own.
rule_headers()
{
    includes "$1" | awk -F: '
        function only(re, who) {
            if ($3 ~ re && $1 !~ who)
                print $1 ":" $2 ": " $3 " may be named only by " who }
        $3 ~ /^</ {
            only("^<uv", "^(tls/sock|tls/resolve|media/sock|" \
                "media/loop|ua/loop|ua/mailbox|ua/media|tools/)")
            only("^<(mbedtls|psa)/", "^(tls/(engine|cred|crypto)|tools/)")
            only("^<ares", "^(tls/resolve|tools/)")
            only("^<srtp", "^media/seal")
            only("^<opus", "^media/opus")
            only("^<speex", "^media/resample")
            only("^<stdatomic", "^(media/ring|tools/)")
            only("^<jansson", "^(ua/profile|tools/)")
            only("^<(sys/socket|netinet/|arpa/|netdb|sys/un|sys/select|" \
                "poll|sys/epoll)", "^tools/")
            only("^<(ifaddrs|net/)", "^(tls/sock_local|tools/)")
            only("^<(dlfcn|sys/syscall|sys/ptrace|sys/mman)", "^$")
            vectors = "^<(immintrin|emmintrin|arm_neon)"
            only(vectors, "^(sip/map_|test/)")
            if ($1 ~ /^(sip|sdp)\// && $3 !~ vectors && $3 !~ \
                /^<(stdbool|stddef|stdint|string|limits|inttypes)\.h>$/)
                print $1 ":" $2 ": " $3 " is not for sip/ and sdp/, which" \
                    " are pure" }'
}

# The library's objects below $1/obj: not tools, tests or second builds.
objects()
{
    (cd "$1/obj" && for d in sip sdp tls media push ua; do
        [ ! -d "$d" ] || find "$d" -name '*.o'
    done | grep -v '\.tools\.o$' | sort) | while read -r o; do
        # An object whose source is gone is not in the library.
        if [ -f "${o%.o}.c" ] || [ "$1" != "$B" ]; then echo "$o"; fi
    done
}

# Every undefined symbol is another library object's, or allowed by name.
rule_symbols()
{
    objects "$1" | while read -r o; do
        nm "$1/obj/$o" | awk -v o="${o%.o}" '
            NF == 2 && $1 ~ /^[UwWvV]$/ { print "need", o, $2 }
            NF == 3 && $2 ~ /^[TDBRVWC]$/ { print "have", o, $3 }'
    done | awk -v allow="$2" '
        function re(glob) { gsub(/[.+]/, "\\\\&", glob)
            gsub(/\*/, ".*", glob); return "^(" glob ")$" }
        BEGIN {
            while ((getline line < allow) > 0) {
                if (line ~ /^#/ || line !~ /[^ ]/) continue
                split(line, f, " ")
                gsub(/,/, "|", f[2])
                n++; obj[n] = re(f[1]); sym[n] = re(f[2])
            }
            if (!n) print allow ": no rule could be read"
        }
        $1 == "have" { have[$3] = 1 }
        $1 == "need" { need[++m] = $2 " " $3 }
        END { for (i = 1; i <= m; i++) {
            split(need[i], f, " ")
            if (f[2] in have) continue
            ok = 0
            for (j = 1; j <= n && !ok; j++)
                ok = f[1] ~ obj[j] && f[2] ~ sym[j]
            if (!ok) print f[1] ".c: uses " f[2] ", which test/wall.allow" \
                " does not allow" } }'
}

# No global state that can change: nothing in .data, .bss or as common.
# (.data.rel.ro holds constant tables with pointers.)
rule_state()
{
    objects "$1" | while read -r o; do
        nm -f sysv "$1/obj/$o" | awk -F'|' -v o="${o%.o}" '
            { gsub(/ /, "", $1); gsub(/ /, "", $3); gsub(/ /, "", $7) }
            $4 ~ /OBJECT|TLS/ && ($7 ~ /^\.(bss|tbss|tdata)/ ||
                $7 == "*COM*" ||
                ($7 ~ /^\.data/ && $7 !~ /^\.data\.rel\.ro/)) {
                # What starts libsrtp2 once a process, and nothing else.
                if (o == "media/seal" && $1 == "srtp_once") next
                print o ".c: " $1 " is static data that can change" }'
    done
}

# What the shared object and the archive show is the checked-in list.
rule_exports()
{
    sed '/^#/d' ua/siplock.sym | sort >"$tmp/listed"
    for f in "$1/libsiplock.so" "$1/libsiplock.a"; do
        case $f in *.so) dyn=-D ;; *) dyn= ;; esac
        # shellcheck disable=SC2086
        nm $dyn --defined-only -g "$f" 2>&1 |
            awk 'NF == 3 { print $3 }' | sort >"$tmp/shown"
        comm -13 "$tmp/listed" "$tmp/shown" |
            sed "s|^|$f shows what ua/siplock.sym does not list: |"
        comm -23 "$tmp/listed" "$tmp/shown" |
            sed "s|^|ua/siplock.sym lists what $f does not show: |"
    done
    # The list and the public header say the same.
    $CC -std=c11 -I. -E ua/siplock_more.h 2>&1 | grep -v '^#' | tr '\n' ' ' |
        grep -oE '\bsiplock_[a-z_]+ *\(' | tr -d ' (' | sort -u |
        while read -r s; do
            grep -qx "$s" "$tmp/listed" ||
                echo "ua/siplock.h declares $s; ua/siplock.sym lacks it"
        done
}

# The listener for strangers, and the watcher of keys, exist for tools and
# tests, not in the library.
rule_tools_only()
{
    for s in policy_self_mint_open policy_media_watch; do
        for f in "$1/libsiplock.so" "$1/libsiplock.a"; do
            nm -a "$f" 2>&1 | grep "$s" |
                sed "s|^|$f holds what is for tools only: |"
        done
        # The control: the name is right, tools do have it.
        nm "$1/obj/tls/policy.tools.o" 2>/dev/null | grep -q " T $s" ||
            echo "$1/obj/tls/policy.tools.o lacks $s"
    done
}

# Each must compile with -DCONTROL, and without it fail for the reason that
# its "fails:" line gives.
nocompile()
{
    flags="-std=c11 -I. -Ibuild/deps/include -Wall -Wextra -Werror -Wno-unused"
    : >"$tmp/nc"
    # shellcheck disable=SC2086
    $CC $flags -DCONTROL -fsyntax-only "$1" >"$tmp/cc" 2>&1 || {
        echo "$1: the control, which must compile, does not:"
        cat "$tmp/cc"; } >>"$tmp/nc"
    # shellcheck disable=SC2086
    if $CC $flags -fsyntax-only "$1" >"$tmp/cc" 2>&1; then
        echo "$1: compiles, and must not" >>"$tmp/nc"
    else
        why=$(sed -n 's,^/\* fails: \(.*\) \*/$,\1,p' "$1")
        [ -n "$why" ] && grep -qE "$why" "$tmp/cc" || {
            echo "$1: fails for another reason than '$why':"
            cat "$tmp/cc"; } >>"$tmp/nc"
    fi
    report "does not compile: $1" "$tmp/nc"
}

# plant RULE FILE TEXT: in a tree of its own; the rule must report the file.
planted()
{
    rm -rf "$tmp/tree"
    mkdir -p "$tmp/tree/$(dirname "$2")"
    printf '%b\n' "$3" >"$tmp/tree/$2"
    "$1" "$tmp/tree" | grep -q "^$2:" ||
        echo "$1 did not find: $3 (in $2)" >>"$tmp/self"
}

planted_object()
{
    rm -rf "$tmp/b"
    mkdir -p "$tmp/b/obj/$(dirname "$2")"
    printf '%b\n' "$3" | $CC -x c -c -o "$tmp/b/obj/$2.o" - 2>"$tmp/cc" ||
        { echo "cannot plant $3:"; cat "$tmp/cc"; } >>"$tmp/self"
    "$1" "$tmp/b" test/wall.allow >"$tmp/found"
    case $4 in
    found) grep -q "^$2.c: " "$tmp/found" ;;
    clean) [ ! -s "$tmp/found" ] ;;
    esac || echo "$1: $3 (in $2) should be $4" >>"$tmp/self"
}

self_test()
{
    : >"$tmp/self"
    planted rule_folders sip/x.c '#include "tls/policy.h"'
    planted rule_folders tls/x.h ' # include "ua/core.h"'
    planted rule_folders ua/x.c '#include "tools/mint.h"'
    planted rule_folders media/x.c '#include "tls/sealed_make.h"'
    planted rule_folders sip/base/x.c '#include "slice.h"'
    planted rule_headers sip/x.c '#include <stdlib.h>'
    planted rule_headers ua/core.c '#include <uv.h>'
    planted rule_headers ua/x.c '#include <mbedtls/ssl.h>'
    planted rule_headers media/x.c '#include <srtp2/srtp.h>'
    planted rule_headers media/x.c '#include <opus/opus.h>'
    planted rule_headers media/x.c '#include <speex/speex_resampler.h>'
    planted rule_headers media/x.c '#include <stdatomic.h>'
    planted rule_headers tls/sock.c '#include <ares.h>'
    planted rule_headers tls/x.c '#include <sys/socket.h>'
    call='void f(void)'
    for s in socket connect sendto bind getaddrinfo gethostbyname time \
        clock_gettime gettimeofday rand random fopen malloc calloc realloc \
        free dlsym syscall getenv abort uv_tcp_connect uv_udp_send \
        ares_query mbedtls_ssl_write psa_hash_setup srtp_protect printf \
        snprintf fork open write; do
        planted_object rule_symbols ua/core \
            "int ${s}(void);\n$call;\n$call { ${s}(); }" found
    done
    planted_object rule_symbols tls/sock \
        "int uv_tcp_init(void);\n$call;\n$call { uv_tcp_init(); }" clean
    planted_object rule_symbols tls/sock \
        "int uv_tcp_init(void), ares_init(void);\n$call;\n$call { ares_init(); }" \
        found
    planted_object rule_state sip/x 'static int n; int *f(void) { return &n; }' \
        found
    planted_object rule_state sip/x 'int n = 5;' found
    planted_object rule_state media/seal 'int n = 5;' found
    planted_object rule_state sip/x '_Thread_local int n;' found
    planted_object rule_state sip/x \
        'static const char *const t[] = {"a"}; const char *const *f(void) { return t; }' \
        clean
}

cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C

self_test
report "the wall finds what is planted" "$tmp/self"
rule_folders . >"$tmp/out"
report "a folder includes only itself and what stands to its left" "$tmp/out"
rule_headers . >"$tmp/out"
report "dependencies are named only where the table says" "$tmp/out"
n=$(objects "$B" | wc -l)
{
    [ "$n" -gt 0 ] || echo "no objects in $B/obj; make all comes first"
    rule_symbols "$B" test/wall.allow
} >"$tmp/out"
report "objects use only what test/wall.allow allows ($((n + 0)) objects)" \
    "$tmp/out"
rule_state "$B" >"$tmp/out"
report "no object has static data that can change" "$tmp/out"
rule_exports "$B" >"$tmp/out"
report "libsiplock shows exactly ua/siplock.sym" "$tmp/out"
rule_tools_only "$B" >"$tmp/out"
report "libsiplock cannot listen for strangers nor tell keys" "$tmp/out"
for f in test/nocompile/*.c; do
    nocompile "$f"
done
exit "$bad"
