/* SPDX-License-Identifier: Apache-2.0 */
/* What was agreed to send and to receive, and the codecs opened for it. */
#ifndef MEDIA_FORMATS_H
#define MEDIA_FORMATS_H

#include "media/codec.h"

enum { MEDIA_STREAM_RX_MAX = 4, MEDIA_STREAM_RX_DTMF_MAX = 2 };

struct media_format {
    const struct media_codec_ops *codec;
    uint8_t pt;
};

/* telephone-event. Its clock may be another than the audio's, as with
 * opus/48000 and telephone-event/8000. */
struct media_events {
    uint8_t pt;
    uint32_t clock;
};

/*
 * What offer and answer came to. The two directions are apart: a peer may
 * number the formats that it takes otherwise than we do, and send any of
 * those that we take, changing between them at will (RFC 3264 5.1, 6.1, 7).
 */
struct media_stream_config {
    const struct media_codec_ops *codec; /* to send */
    uint8_t pt;                          /* to send it as */
    bool has_dtmf;                       /* telephone-event may be sent */
    uint8_t dtmf_pt;
    uint32_t dtmf_clock; /* of what is sent; 0: the codec's */
    /* Hold: nothing is sent but RTCP (we are recvonly or inactive); what
     * comes is counted and not heard (sendonly or inactive). */
    bool mute_tx, mute_rx;
    /* Where the peer takes RTCP, at the address of its RTP: 0 is the same
     * port (rtcp-mux), no_rtcp is nowhere. */
    uint16_t rtcp_port;
    bool no_rtcp;
    /* The MKI in what comes (RFC 3711 3.1): 1 to 4 bytes; 0: there is none.
     * What we send has none, our keys being one at a time. */
    uint8_t rx_mki_n;
    uint32_t rx_mki;
    unsigned rx_n; /* 0: what may come is what is sent, events too */
    struct media_format rx[MEDIA_STREAM_RX_MAX];
    unsigned rx_dtmf_n;
    struct media_events rx_dtmf[MEDIA_STREAM_RX_DTMF_MAX];
};

struct media_open {
    const struct media_codec_ops *ops;
    struct media_codec *codec;
};

/* Zeroed: nothing is open. One thread. */
struct media_formats {
    struct media_stream_config config; /* with what was left out */
    unsigned n;
    struct media_open open[MEDIA_STREAM_RX_MAX + 1];
};

/*
 * Fills next. A codec that old has open is shared with it and goes on where
 * it is. Then either media_formats_close(old, next) and next is the one, or
 * media_formats_close(next, old) and nothing has happened. E_INVAL: the same
 * payload type twice, one above 127, no codec, a clock out of range; E_NOMEM.
 */
int media_formats_open(struct media_formats *next,
                       const struct media_formats *old, const struct env *env,
                       const struct media_stream_config *config);
/* Closes what f has open and except (may be NULL) has not. */
void media_formats_close(struct media_formats *f,
                         const struct media_formats *except);

const struct media_open *media_formats_tx(const struct media_formats *f);
/* NULL: this payload type was not agreed for audio, or for events. */
const struct media_open *media_formats_rx(const struct media_formats *f,
                                          uint8_t pt);
const struct media_events *media_formats_event(const struct media_formats *f,
                                               uint8_t pt);
/* Is all audio that old takes the same in next? */
bool media_formats_same_rx(const struct media_formats *old,
                           const struct media_formats *next);

#endif
