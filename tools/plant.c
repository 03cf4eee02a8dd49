/* SPDX-License-Identifier: Apache-2.0 */
/* The planted packet: a REGISTER in clear from loopback to loopback. */
#include "tools/plant.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int plant_open(struct plant *p)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof(at);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *p = (struct plant){-1, -1, -1, 0};
    p->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (p->listener < 0 ||
        bind(p->listener, (struct sockaddr *)&at, sizeof(at)) ||
        listen(p->listener, 1) ||
        getsockname(p->listener, (struct sockaddr *)&at, &n))
        return -1;
    p->port = ntohs(at.sin_port);
    return 0;
}

int plant_send(struct plant *p)
{
    static const char text[] =
        "REGISTER sip:planted.example.test SIP/2.0\r\n\r\n";
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(p->port)};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
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

void plant_close(struct plant *p)
{
    if (p->server >= 0)
        close(p->server);
    if (p->client >= 0)
        close(p->client);
    if (p->listener >= 0)
        close(p->listener);
    *p = (struct plant){-1, -1, -1, 0};
}
