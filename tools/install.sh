#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs library, header, client and pkg-config file; make install calls it.
set -eu
cd "$(dirname "$0")/.."
lib=$DESTDIR$LIBDIR
bin=$DESTDIR$PREFIX/bin
inc=$DESTDIR$PREFIX/include

mkdir -p "$lib/pkgconfig" "$bin" "$inc"
install -m 644 ua/siplock.h "$inc/siplock.h"
sed 's|"ua/siplock.h"|"siplock.h"|' ua/siplock_more.h >"$inc/siplock_more.h"
chmod 644 "$inc/siplock_more.h"
install -m 644 "$B/libsiplock.a" "$lib/libsiplock.a"
install -m 755 "$B/libsiplock.so" "$lib/libsiplock.so.$VERSION"
ln -sf "libsiplock.so.$VERSION" "$lib/libsiplock.so.$ABI"
ln -sf "libsiplock.so.$ABI" "$lib/libsiplock.so"
install -m 755 "$B/siplock" "$bin/siplock"

extra=
# mbedTLS that was unpacked for this system goes where the RUNPATHs look.
if [ -d build/deps/lib ]; then
    mkdir -p "$lib/siplock"
    cp -P build/deps/lib/libmbed*.so* "$lib/siplock/"
    extra=" -L\${libdir}/siplock"
fi
cat >"$lib/pkgconfig/siplock.pc" <<END
prefix=$PREFIX
libdir=$LIBDIR
includedir=\${prefix}/include

Name: siplock
Description: SIP user agent stack that speaks only TLS and only SRTP
Version: $VERSION
Libs: -L\${libdir} -lsiplock
Libs.private:$extra -lmbedtls -lmbedx509 -lmbedcrypto -luv -lcares
Cflags: -I\${includedir}
END
echo "installed siplock $VERSION to $DESTDIR$PREFIX" >&2
