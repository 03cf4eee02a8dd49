/* SPDX-License-Identifier: Apache-2.0 */
/* The key log: lines for who was given it explicitly, else nothing. */
#include <mbedtls/ssl.h>
#include <string.h>

#include "sip/base/secret.h"
#include "tls/engine_impl.h"

/* The labels of the NSS key log; NULL: not one of them. */
static const char *label_of(mbedtls_ssl_key_export_type type)
{
    static const struct {
        mbedtls_ssl_key_export_type type;
        const char *label;
    } row[] = {
        {MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET, "CLIENT_RANDOM"},
        {MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_HANDSHAKE_TRAFFIC_SECRET,
         "CLIENT_HANDSHAKE_TRAFFIC_SECRET"},
        {MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_HANDSHAKE_TRAFFIC_SECRET,
         "SERVER_HANDSHAKE_TRAFFIC_SECRET"},
        {MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_APPLICATION_TRAFFIC_SECRET,
         "CLIENT_TRAFFIC_SECRET_0"},
        {MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_APPLICATION_TRAFFIC_SECRET,
         "SERVER_TRAFFIC_SECRET_0"},
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        if (row[i].type == type)
            return row[i].label;
    return NULL;
}

static void on_key(void *user, mbedtls_ssl_key_export_type type,
                   const unsigned char *secret, size_t secret_n,
                   const unsigned char client_random[32],
                   const unsigned char server_random[32],
                   mbedtls_tls_prf_types prf)
{
    const struct tls_engine *e = user;
    const char *label = label_of(type);
    char text[256];
    struct out o = out_of(text, sizeof(text));

    (void)server_random;
    (void)prf;
    if (!label || !e->kit.keylog.line)
        return;
    out_put(&o, slice_cstr(label));
    out_char(&o, ' ');
    out_hex(&o, client_random, 32);
    out_char(&o, ' ');
    out_hex(&o, secret, secret_n);
    e->kit.keylog.line(e->kit.keylog.user, out_slice(&o));
    secret_wipe(text, sizeof(text));
}

void tls_engine_keys_to(struct tls_engine *e)
{
    if (e->kit.keylog.line)
        mbedtls_ssl_set_export_keys_cb(&e->ssl, on_key, e);
}
