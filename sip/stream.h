/* SPDX-License-Identifier: Apache-2.0 */
/* Framing: from bytes in any chunking to messages, pings and pongs. */
#ifndef SIP_STREAM_H
#define SIP_STREAM_H

#include "sip/base/env.h"
#include "sip/fault.h"

enum sip_stream_kind {
    SIP_STREAM_MESSAGE, /* exactly one, for sip_msg_parse */
    SIP_STREAM_PONG,    /* a CRLF between messages */
    SIP_STREAM_PING     /* a second CRLF right after one (RFC 5626 3.5.1) */
};

/*
 * CRLFCRLF gives PONG, then PING: whether the second CRLF is still under way
 * must not change what is reported. Who sent no ping ignores PONG; who gets
 * PING answers one CRLF.
 */
struct sip_stream_item {
    enum sip_stream_kind kind;
    struct slice bytes; /* MESSAGE: lives until the next call */
};

/*
 * RFC 3261 18.3. Reads the caller's bytes in place; only an incomplete tail
 * is copied. One thread, one flow.
 */
struct sip_stream {
    const struct env *env;
    struct slice in; /* pushed, not yet consumed; borrowed */
    char *tail;      /* incomplete message, owned */
    size_t tail_n;
    size_t tail_cap;
    size_t scanned;  /* bytes of the present message already looked at */
    size_t line;     /* where its present line starts */
    size_t need;     /* length of the message once the head is complete */
    bool after_crlf; /* the last item was PONG */
    bool crlf;       /* what is complete is a CRLF, not a message */
    bool giving;     /* the tail holds the message given last */
    bool in_length;  /* the last header field was Content-Length */
    bool has_length;
    uint32_t length;
    size_t length_at;           /* where that header field starts */
    struct sip_parse_err fault; /* offset from the start of the message */
    int err;                    /* sticky */
};

void sip_stream_init(struct sip_stream *s, const struct env *env);
void sip_stream_free(struct sip_stream *s);

/*
 * Gives bytes, borrowed until sip_stream_next says E_AGAIN. E_STATE if there
 * are still some from before; the sticky error if there is one.
 */
int sip_stream_push(struct sip_stream *s, struct slice bytes);

/*
 * The next item. 0; E_AGAIN: all consumed, push more; E_NOMEM; E_SYNTAX or
 * E_TOOBIG: s->fault says why, and the flow must be closed, since where the
 * next message starts is not known any more.
 */
int sip_stream_next(struct sip_stream *s, struct sip_stream_item *item);

/* Bytes held for an incomplete message: what counts against the budget. */
size_t sip_stream_held(const struct sip_stream *s);

#endif
