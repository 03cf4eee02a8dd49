#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what a step needs and is missing: deps.sh lib|test|asterisk|lint|
# fuzz|bench|cov|own.
#
# The Makefile runs it; with everything there it changes nothing. Packages
# come from the distribution. What a release lacks or has too old is unpacked
# below build/deps and the system stays as it is: mbedTLS 3.6, and Asterisk
# with all its libraries and a loader of its own.
set -eu
cd "$(dirname "$0")/.."

DEPS=build/deps
MBEDTLS_MIN=0x03060300 # 3.6.3: what tls/engine_conf.c asks for
MBEDTLS_SUITE=trixie   # Debian's first release that has it
ASTERISK_MIN=22        # the peer the tests are written for
ASTERISK_SUITE=sid     # the only suite that has it

LIB="gcc libc6-dev make binutils pkg-config libuv1-dev libc-ares-dev
libsrtp2-dev libopus-dev libspeexdsp-dev libjansson-dev libcmocka-dev"
TEST="kamailio kamailio-tls-modules kamailio-outbound-modules baresip-core
sip-tester socat tshark openssl iproute2 procps"
LINT="clang-format clang-tidy cppcheck universal-ctags"
FUZZ="clang llvm"
COV="gcovr"
BENCH="libosip2-dev libsofia-sip-ua-dev valgrind"

say() { echo "deps: $*" >&2; }
die() { say "$*"; exit 1; }

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "root is needed for: $* (no sudo here)"
    fi
}

# The names among the arguments that dpkg does not have installed.
missing()
{
    for p; do
        s=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) || s=
        [ "$s" = installed ] || echo "$p"
    done
}

# Of a server only the program is wanted: its service must not start, now or
# at boot. A service that is there already is left alone.
mask_service()
{
    unit=/etc/systemd/system/$1.service
    if [ -d /etc/systemd/system ] && [ ! -e "$unit" ] && [ ! -L "$unit" ]
    then
        as_root ln -s /dev/null "$unit"
        say "masked $1.service: the tests need only the program"
    fi
}

# RUNLEVEL=1 is what System V's invoke-rc.d respects: nothing starts.
apt_get()
{
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q \
        -o DPkg::Lock::Timeout=300 "$@" >&2 </dev/null
}

# One at a time: two steps of make -j may want it, and apt refuses the second.
refresh()
{
    say "refreshing the package lists"
    (
        flock 9
        apt_get update
    ) 9>"$DEPS/lists.lock"
}

preseed()
{
    echo "wireshark-common wireshark-common/install-setuid boolean false" |
        as_root debconf-set-selections 2>/dev/null ||
        say "no debconf to preset; the package's default is the same"
}

apt_install()
{
    want=$(missing "$@")
    [ -n "$want" ] || return 0
    say "installing" $want
    case " $(echo $want) " in *" kamailio "*) mask_service kamailio ;; esac
    case " $(echo $want) " in *" tshark "*) preseed ;; esac
    # shellcheck disable=SC2086
    apt_get install -y --no-install-recommends $want && return 0
    refresh
    # shellcheck disable=SC2086
    apt_get install -y --no-install-recommends $want
}

# Compiles and preprocesses one line; "$@" are extra flags.
probe_mbedtls()
{
    printf '%s\n' '#include <mbedtls/build_info.h>' \
        "#if MBEDTLS_VERSION_NUMBER < $MBEDTLS_MIN" '#error old' '#endif' |
        ${CC:-cc} "$@" -E -x c - >/dev/null 2>&1
}

# The machine's own mirror, read from apt: the site that serves Debian's main
# component of the release that runs, by whatever name ("stable").
mirror()
{
    . /etc/os-release
    apt-get indextargets --format \
        '$(ORIGIN)|$(RELEASE)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)' \
        'Created-By: Packages' | awk -F'|' -v r="$VERSION_CODENAME" \
        '$1 == "Debian" && ($2 == r || $3 == r) && $4 == "main" {
            print $5; exit }'
}

# Images come without package lists, and apt then names neither candidates
# nor mirrors.
need_lists()
{
    [ -z "$(mirror)" ] || return 0
    refresh
}

# apt with its own lists, cache and sources below $apt; the machine's
# proxies and transports stay in force, its packages are out of reach.
private_apt()
{
    tool=$1
    shift
    "$tool" -q -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" \
        -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
        -o Dir::Etc::sourcelist="$apt/sources.list" \
        -o Dir::Etc::sourceparts="$apt/none" \
        -o Dir::Etc::preferences=/dev/null \
        -o Dir::Etc::preferencesparts="$apt/none" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# Readies private_apt for one suite of the machine's own mirror, verified by
# Debian's keys; $1 is the suite, $2 what it is wanted for, $3 deb-src if it
# is sources.
open_apt()
{
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -r "$keyring" ] || die "no $keyring to verify $2 with; install" \
        "debian-archive-keyring"
    need_lists
    uri=$(mirror)
    [ -n "$uri" ] || die "apt's configuration names no mirror for this" \
        "release's main component; $2 needs one"
    apt=$PWD/$DEPS/apt-$step
    new=$DEPS/new-$step
    rm -rf "$apt" "$new"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" \
        "$apt/none" "$apt/debs" "$new"
    : >"$apt/status"
    echo "${3:-deb} [signed-by=$keyring] $uri $1 main" >"$apt/sources.list"
    private_apt apt-get update >&2
}

close_apt()
{
    rm -rf "$apt" "$new"
}

fetch_mbedtls()
{
    say "this system's mbedTLS is too old or missing; getting" \
        "$MBEDTLS_SUITE's for build/deps (the system stays as it is)"
    open_apt "$MBEDTLS_SUITE" "mbedTLS 3.6"
    # The run-time packages by what the headers' package depends on.
    run=$(private_apt apt-cache depends libmbedtls-dev |
        awk '$1 == "Depends:" && $2 ~ /^libmbed/ { print $2 }')
    [ -n "$run" ] || die "$MBEDTLS_SUITE at $uri has no libmbedtls-dev"
    # shellcheck disable=SC2086
    (cd "$apt/debs" && private_apt apt-get download libmbedtls-dev $run >&2)
    for deb in "$apt"/debs/*.deb; do
        dpkg-deb -x "$deb" "$new"
    done
    place_mbedtls
    close_apt
}

# Only headers and shared objects: the static archives are not
# position-independent and would be picked first.
place_mbedtls()
{
    lib=$(dirname "$(find "$new" -name 'libmbedtls.so' | head -n 1)")
    [ -d "$lib" ] || die "the packages do not hold libmbedtls.so"
    rm -rf "$DEPS/include" "$DEPS/lib"
    mkdir -p "$DEPS/include" "$DEPS/lib"
    cp -R "$new"/usr/include/mbedtls "$new"/usr/include/psa \
        "$DEPS/include/"
    cp -P "$lib"/libmbed*.so* "$DEPS/lib/"
    mkdir -p "$DEPS/doc"
    cp "$new"/usr/share/doc/libmbedcrypto*/copyright "$DEPS/doc/mbedtls"
    probe_mbedtls -I"$DEPS/include" ||
        die "the mbedTLS that was unpacked is older than 3.6.3"
}

need_mbedtls()
{
    probe_mbedtls -I"$DEPS/include" && return 0
    need_lists
    if [ -n "$(apt-cache policy libmbedtls-dev 2>/dev/null |
        awk '$1 == "Candidate:" && $2 ~ /^([4-9]|3\.[6-9])/')" ]; then
        apt_install libmbedtls-dev
    else
        fetch_mbedtls
    fi
    probe_mbedtls -I"$DEPS/include" || die "no usable mbedTLS was found"
}

# The major version of the unpacked Asterisk; nothing if it does not run.
asterisk_major()
{
    "$DEPS/asterisk/asterisk" -V 2>/dev/null |
        sed -n 's/^Asterisk \([0-9]*\).*/\1/p'
}

# The packages with all that they depend on, libc too: no installed package
# counts, since the suite's libraries are newer than this release's.
fetch_asterisk()
{
    say "getting Asterisk with its libraries for build/deps from" \
        "$ASTERISK_SUITE: about 80 MB once (the system stays as it is)"
    open_apt "$ASTERISK_SUITE" Asterisk
    private_apt apt-get -qq install -y --download-only \
        --no-install-recommends asterisk >&2
    for deb in "$apt"/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$new" \
            --no-same-owner --exclude='./usr/share/man' \
            --exclude='./usr/share/locale' --exclude='./usr/share/perl*' \
            --exclude='./usr/share/zoneinfo' --exclude='./usr/lib/*/perl*'
    done
    place_asterisk
    close_apt
}

place_asterisk()
{
    lib=$(find "$new/usr/lib" -name 'libasteriskpj.so.*' | head -n 1)
    ld=$(find "$new/usr/lib" -name 'ld-linux*.so.*' | head -n 1)
    [ -n "$lib" ] && [ -n "$ld" ] ||
        die "$ASTERISK_SUITE's packages hold no Asterisk with a loader"
    rm -rf "$DEPS/asterisk"
    mkdir "$DEPS/asterisk"
    mv "$new" "$DEPS/asterisk/root"
    # Where it looks unless asterisk.conf says otherwise is the system's.
    dir=root/$(dirname "${lib#"$new/"}")
    ln -s "$dir/asterisk/modules" "$DEPS/asterisk/modules"
    ln -s root/usr/share/asterisk "$DEPS/asterisk/data"
    cat >"$DEPS/asterisk/asterisk" <<END
#!/bin/sh
# Runs the unpacked Asterisk by the loader and libraries it came with.
here=\$(dirname "\$(readlink -f "\$0")")
exec "\$here/root/${ld#"$new/"}" --library-path "\$here/$dir" \\
    --argv0 asterisk "\$here/root/usr/sbin/asterisk" "\$@"
END
    chmod +x "$DEPS/asterisk/asterisk"
}

need_asterisk()
{
    v=$(asterisk_major)
    [ "${v:-0}" -lt "$ASTERISK_MIN" ] || return 0
    set +e # and on again inside, where "||" would keep it off
    (set -e; fetch_asterisk)
    got=$?
    set -e
    [ "$got" = 0 ] || die "no Asterisk could be had;" \
        "make test SKIP=asterisk leaves its tests out"
    v=$(asterisk_major)
    [ "${v:-0}" -ge "$ASTERISK_MIN" ] || die "the Asterisk that was" \
        "unpacked does not run, or is older than $ASTERISK_MIN;" \
        "make test SKIP=asterisk leaves its tests out"
}

# The distribution's source of mbedTLS with tools/mbedtls_own.h; compiled
# here, so it is for this machine's processor as the rest is.
build_own()
{
    say "building mbedTLS of our own configuration (make OWN=1)"
    open_apt "$MBEDTLS_SUITE" "the source of mbedTLS" deb-src
    (cd "$apt/debs" && private_apt apt-get source --download-only mbedtls >&2)
    tar -x -C "$new" --strip-components=1 --no-same-owner \
        -f "$(echo "$apt"/debs/mbedtls_*.orig.tar.*)"
    own=$PWD/$DEPS/own
    rm -rf "$own"
    mkdir -p "$own/include" "$own/lib" "$own/obj"
    cp -R "$new/include/mbedtls" "$new/include/psa" \
        "$new/3rdparty/everest/include/everest" tools/mbedtls_own.h \
        "$own/include/"
    everest=$new/3rdparty/everest
    for c in "$new"/library/*.c "$everest"/library/everest.c \
        "$everest"/library/x25519.c \
        "$everest"/library/Hacl_Curve25519_joined.c; do
        echo "$c"
    done | xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 sh -c '
        exec "$0" -O2 -g -fPIC -std=c99 -D_DEFAULT_SOURCE \
            -DMBEDTLS_CONFIG_FILE="\"mbedtls_own.h\"" -I"$1/include" \
            -I"$2/library" -I"$3/include" -I"$3/include/everest" \
            -I"$3/include/everest/kremlib" \
            -c -o "$1/obj/$(basename "$4" .c).o" "$4"' \
        "${CC:-cc}" "$own" "$new" "$everest" >&2
    ar rcs "$own/lib/libmbedown.a" "$own"/obj/*.o
    rm -rf "$own/obj"
    cp "$new/LICENSE" "$DEPS/doc/mbedtls-own" 2>/dev/null || :
    close_apt
}

need_own()
{
    [ "$DEPS/own/lib/libmbedown.a" -nt tools/mbedtls_own.h ] || build_own
}

# Elsewhere than on Debian and its kin: try, and say what is missing.
probe_elsewhere()
{
    say "this is not Debian: looking for what is there already"
    bad=
    probe_mbedtls || bad="$bad mbedTLS>=3.6"
    for p in libuv libcares libsrtp2 opus speexdsp jansson cmocka; do
        pkg-config --exists "$p" 2>/dev/null || bad="$bad $p"
    done
    [ "$1" = test ] && for t in kamailio baresip sipp socat tshark \
        openssl; do
        command -v "$t" >/dev/null || bad="$bad $t"
    done
    [ "$1" = asterisk ] && die "Asterisk is unpacked from Debian's packages" \
        "only; make test SKIP=asterisk leaves its tests out"
    [ "$1" = own ] && die "mbedTLS's source comes from Debian's packages only"
    [ "$1" = bench ] && for p in libosip2 sofia-sip-ua; do
        pkg-config --exists "$p" 2>/dev/null || bad="$bad $p"
    done
    [ "$1" = cov ] && { command -v gcovr >/dev/null || bad="$bad gcovr"; }
    [ "$1" = lint ] && for t in clang-format clang-tidy cppcheck; do
        command -v "$t" >/dev/null || bad="$bad $t"
    done
    [ -z "$bad" ] || die "please install, with headers:$bad" \
        "(and pkg-config, a C compiler, GNU make)"
}

step=${1:-lib}
case $step in lib | test | asterisk | lint | fuzz | bench | cov | own) ;; *)
    die "usage: tools/deps.sh lib|test|asterisk|lint|fuzz|bench|cov|own" ;;
esac
mkdir -p "$DEPS"
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    case $step in
    lib) apt_install $LIB; need_mbedtls ;;
    test) apt_install $TEST ;;
    asterisk) need_asterisk ;;
    lint) apt_install $LINT ;;
    bench) apt_install $BENCH ;;
    cov) apt_install $COV ;;
    own) need_own ;;
    # The sanitizers' run-time library is a package of its own name on each
    # release; clang only recommends it.
    fuzz) apt_install $FUZZ
        v=$(clang -dumpversion | cut -d. -f1)
        apt_install "libclang-rt-$v-dev" ;;
    esac
else
    probe_elsewhere "$step"
fi
touch "$DEPS/$step.ok"
