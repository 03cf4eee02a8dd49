/* SPDX-License-Identifier: Apache-2.0 */
/* Listening for calls: the client mints the ticket that the library cannot. */
#include "tools/listen.h"

#include "sip/base/err.h"
#include "tls/cred.h"
#include "ua/direct.h"

static int refuse(struct session *s, const char *what, const char *why)
{
    char text[640];

    snprintf(text, sizeof(text), "%s: %s", what, why);
    session_error(s, "config", "config_invalid",
                  "give an address of this machine with a free port, and a "
                  "chain with its key",
                  text);
    return EXIT_CONFIG;
}

static int load(struct session *s, struct listen *l)
{
    const struct siplock_config config = {.size = sizeof(config)};
    struct cause why = {.code = CAUSE_none};
    int err = ua_host_init(&l->host, &config);

    if (!err)
        err = tls_cred_new(&l->own, &l->host.env);
    if (err)
        return refuse(s, "--listen", err_text(err));
    err = tls_cred_own_files(l->own, slice_cstr(l->cert), slice_cstr(l->key),
                             &why);
    return err ? refuse(s, "--cert, --key",
                        *why.text ? why.text : err_text(err))
               : EXIT_DONE;
}

static void report(struct session *s, const struct tls_addr *at)
{
    char text[TLS_ADDR_TEXT_MAX];
    struct out o = out_of(text, sizeof(text));

    tls_addr_put(&o, at);
    (void)out_cstr(&o);
    report_emit(&s->report, "listen.state",
                json_pack("{s:s,s:s,s:i}", "state", "listening", "address",
                          text, "port", (int)at->port));
}

/* Port 0 is none for the library, and the kernel's choice for us. */
static int read_address(struct tls_addr *at, struct slice text)
{
    if (slice_iends(text, S(":0")))
        return tls_addr_parse_ip(at, slice_of(text.p, text.n - 2));
    return tls_addr_parse(at, text, 0);
}

int session_listen(struct session *s, struct listen *l)
{
    struct ua_direct_config config = {.level = POLICY_STRICT,
                                      .mint = policy_self_mint_open};
    struct tls_addr at;
    int code, err;

    if (read_address(&config.at, slice_cstr(l->at)))
        return refuse(s, l->at, "no address with a port");
    code = load(s, l);
    if (code)
        return code;
    config.own = l->own;
    err = ua_direct_listen(s->siplock, &config, &at);
    if (err)
        return refuse(s, l->at, err_text(err));
    report(s, &at);
    return EXIT_DONE;
}

void session_listen_free(struct listen *l)
{
    tls_cred_free(l->own);
    l->own = NULL;
}
