/* SPDX-License-Identifier: Apache-2.0 */
/* The planted packets: SIP and RTP in clear from loopback to loopback. */
#include "tools/plant.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/rtp.h"

enum { PAYLOAD = 160 }; /* bytes: 20 ms of G.711 */

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

static int bind_any(int fd, uint16_t *port)
{
    struct sockaddr_in at = loopback(0);
    socklen_t n = sizeof(at);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
        getsockname(fd, (struct sockaddr *)&at, &n))
        return -1;
    *port = ntohs(at.sin_port);
    return 0;
}

int plant_open(struct plant *p)
{
    *p = PLANT_NONE;
    p->listener = socket(AF_INET, SOCK_STREAM, 0);
    p->udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind_any(p->listener, &p->port) || bind_any(p->udp, &p->media_port) ||
        listen(p->listener, 1))
        return -1;
    return 0;
}

static int send_sip(struct plant *p)
{
    static const char text[] =
        "REGISTER sip:planted.example.test SIP/2.0\r\n\r\n";
    struct sockaddr_in at = loopback(p->port);

    p->client = socket(AF_INET, SOCK_STREAM, 0);
    if (p->client < 0 ||
        connect(p->client, (struct sockaddr *)&at, sizeof(at)))
        return -1;
    p->server = accept(p->listener, NULL, NULL);
    if (p->server < 0)
        return -1;
    return send(p->client, text, strlen(text), 0) == (ssize_t)strlen(text)
               ? 0
               : -1;
}

static int send_rtp(struct plant *p)
{
    char payload[PAYLOAD], packet[MEDIA_RTP_MAX];
    struct out o = out_of(packet, sizeof(packet));
    struct sockaddr_in at = loopback(p->media_port);
    const struct media_rtp rtp = {.pt = 0, /* PCMU */
                                  .seq = 7,
                                  .ts = 160,
                                  .ssrc = 0x12345678,
                                  .payload = slice_of(payload, PAYLOAD)};

    for (int i = 0; i < PAYLOAD; i++) /* a saw, as PCMU has it */
        payload[i] = (char)(0x80 | (i % 40));
    if (media_rtp_write(&o, &rtp))
        return -1;
    return sendto(p->udp, o.p, o.n, 0, (struct sockaddr *)&at, sizeof(at)) ==
                   (ssize_t)o.n
               ? 0
               : -1;
}

int plant_send(struct plant *p)
{
    return send_sip(p) || send_rtp(p) ? -1 : 0;
}

void plant_close(struct plant *p)
{
    const int fds[] = {p->server, p->client, p->listener, p->udp};

    for (int i = 0; i < 4; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    *p = PLANT_NONE;
}
