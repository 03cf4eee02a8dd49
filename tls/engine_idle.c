/* SPDX-License-Identifier: Apache-2.0 */
/* A flow that idles gives mbedTLS's two record buffers back. */

/*
 * They are 33 KiB of 53 that a registered account holds, and between two
 * records nothing is in them but the number of the next record that comes
 * in. mbedTLS has no call for this; so it is done here, in one place, with
 * everything that could be in flight asked for first, and only for the
 * versions whose layout is known. Memory is mbedTLS's own allocator's, since
 * mbedtls_ssl_free gives it back.
 */
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/engine_impl.h"

#define IN(member) (e->ssl.MBEDTLS_PRIVATE(in_##member))
#define OUT(member) (e->ssl.MBEDTLS_PRIVATE(out_##member))

#if MBEDTLS_VERSION_NUMBER >= 0x03060300 && \
    MBEDTLS_VERSION_NUMBER < 0x03070000 &&  \
    !defined(MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH)

enum {
    /* More than mbedTLS's own sizes: header, IV, MAC and padding are 381. */
    IN_ROOM = MBEDTLS_SSL_IN_CONTENT_LEN + 1024,
    OUT_ROOM = MBEDTLS_SSL_OUT_CONTENT_LEN + 1024
};

/* Nothing is read, parsed or written halfway. */
static bool at_rest(const struct tls_engine *e)
{
    return e->state == TLS_UP && e->plain_n == 0 && e->in.n == 0 &&
           !mbedtls_ssl_check_pending(&e->ssl) && IN(left) == 0 &&
           IN(hslen) == 0 && !IN(offt) && OUT(left) == 0 &&
           e->ssl.MBEDTLS_PRIVATE(badmac_seen_or_in_hsfraglen) == 0;
}

static void drop(unsigned char *buf, size_t n)
{
    secret_wipe(buf, n);
    mbedtls_free(buf);
}

void tls_engine_rest(struct tls_engine *e)
{
    if (e->resting || !at_rest(e))
        return;
    memcpy(e->in_ctr, IN(ctr), sizeof(e->in_ctr));
    e->in_at = (struct tls_engine_places){
        (uint8_t)(IN(ctr) - IN(buf)), (uint8_t)(IN(hdr) - IN(buf)),
        (uint8_t)(IN(len) - IN(buf)), (uint8_t)(IN(iv) - IN(buf)),
        (uint8_t)(IN(msg) - IN(buf))};
    e->out_at = (struct tls_engine_places){
        (uint8_t)(OUT(ctr) - OUT(buf)), (uint8_t)(OUT(hdr) - OUT(buf)),
        (uint8_t)(OUT(len) - OUT(buf)), (uint8_t)(OUT(iv) - OUT(buf)),
        (uint8_t)(OUT(msg) - OUT(buf))};
    drop(IN(buf), MBEDTLS_SSL_IN_CONTENT_LEN);
    drop(OUT(buf), MBEDTLS_SSL_OUT_CONTENT_LEN);
    IN(buf) = OUT(buf) = NULL;
    e->resting = true;
}

int tls_engine_wake(struct tls_engine *e)
{
    if (!e->resting)
        return 0;
    unsigned char *in = mbedtls_calloc(1, IN_ROOM);
    unsigned char *out = mbedtls_calloc(1, OUT_ROOM);

    if (!in || !out) {
        mbedtls_free(in);
        mbedtls_free(out);
        return E_NOMEM;
    }
    IN(buf) = in;
    IN(ctr) = in + e->in_at.ctr;
    IN(hdr) = in + e->in_at.hdr;
    IN(len) = in + e->in_at.len;
    IN(iv) = in + e->in_at.iv;
    IN(msg) = in + e->in_at.msg;
    OUT(buf) = out;
    OUT(ctr) = out + e->out_at.ctr;
    OUT(hdr) = out + e->out_at.hdr;
    OUT(len) = out + e->out_at.len;
    OUT(iv) = out + e->out_at.iv;
    OUT(msg) = out + e->out_at.msg;
#ifdef MBEDTLS_SSL_DTLS_CONNECTION_ID /* TLS has none: where len is */
    IN(cid) = IN(len);
    OUT(cid) = OUT(len);
#endif
    memcpy(IN(ctr), e->in_ctr, sizeof(e->in_ctr));
    e->resting = false;
    return 0;
}

#else

void tls_engine_rest(struct tls_engine *e)
{
    (void)e;
}

int tls_engine_wake(struct tls_engine *e)
{
    (void)e;
    return 0;
}

#endif
