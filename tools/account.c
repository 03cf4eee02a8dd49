/* SPDX-License-Identifier: Apache-2.0 */
/* The account file: every member checked, every unknown one refused. */
#include "tools/account.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sip/base/err.h"
#include "tools/account_read.h"
#include "tools/report.h"

int account_refuse(const struct account_reading *r, const char *format, ...)
{
    char text[400], line[480];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    snprintf(line, sizeof(line), "%s: %s", r->path, text);
    *r->cause = report_cause("config", "config_invalid",
                             "correct the member that is named; README.md "
                             "shows an account file",
                             line);
    return -1;
}

int account_get_text(const struct account_reading *r, const char *key,
                     const json_t *v, const char **out)
{
    if (!json_is_string(v) || !json_string_length(v))
        return account_refuse(r, "\"%s\" must be a text that is not empty",
                              key);
    if (strlen(json_string_value(v)) != json_string_length(v))
        return account_refuse(r, "\"%s\" holds a NUL character", key);
    *out = json_string_value(v);
    return 0;
}

int account_get_list(const struct account_reading *r, const char *key,
                     const json_t *v, const char **list, size_t *n)
{
    if (!json_is_array(v) || json_array_size(v) == 0 ||
        json_array_size(v) > ACCOUNT_LIST_MAX)
        return account_refuse(r, "\"%s\" must be a list of 1 to %d texts", key,
                              ACCOUNT_LIST_MAX);
    for (size_t i = 0; i < json_array_size(v); i++)
        if (account_get_text(r, key, json_array_get(v, i), &list[i]))
            return -1;
    *n = json_array_size(v);
    return 0;
}

static int read_aor(const struct account_reading *r, const char *key,
                    const json_t *v)
{
    return account_get_text(r, key, v, &r->a->config.aor);
}

static int read_outbound(const struct account_reading *r, const char *key,
                         const json_t *v)
{
    const char *edge[ACCOUNT_LIST_MAX];
    struct out o = out_of(r->a->outbound, sizeof(r->a->outbound));
    size_t n = 0;

    if (json_is_string(v))
        return account_get_text(r, key, v, &r->a->config.outbound);
    if (account_get_list(r, key, v, edge, &n))
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (strchr(edge[i], ','))
            return account_refuse(r, "\"%s\": a comma in a list's entry", key);
        if (i)
            out_char(&o, ',');
        out_put(&o, slice_cstr(edge[i]));
    }
    if (out_cstr(&o))
        return account_refuse(r, "\"%s\" is too long", key);
    r->a->config.outbound = r->a->outbound;
    return 0;
}

static int read_address(const struct account_reading *r, const char *key,
                        const json_t *v)
{
    r->a->config.address = r->a->address;
    return account_get_list(r, key, v, r->a->address, &r->a->config.addresses);
}

static int read_user(const struct account_reading *r, const char *key,
                     const json_t *v)
{
    return account_get_text(r, key, v, &r->a->config.user);
}

static int read_realm(const struct account_reading *r, const char *key,
                      const json_t *v)
{
    return account_get_text(r, key, v, &r->a->config.realm);
}

static int give_password(void *user, siplock_account account,
                         struct siplock_str realm,
                         struct siplock_password *out);

/* The password is the file's first line, without its line end. */
static int read_password_file(const struct account_reading *r, const char *key,
                              const json_t *v)
{
    char line[SECRET_MAX + 2];
    const char *path = "";
    FILE *f;
    int err = 0;

    if (account_get_text(r, key, v, &path))
        return -1;
    f = fopen(path, "r");
    if (!f)
        return account_refuse(r, "\"%s\": %s cannot be opened", key, path);
    if (!fgets(line, sizeof(line), f))
        line[0] = '\0';
    fclose(f);
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0')
        err = account_refuse(r, "\"%s\": %s holds no password", key, path);
    else if (secret_set(&r->a->password, slice_cstr(line)))
        err = account_refuse(r, "\"%s\": the password in %s is longer than %d",
                             key, path, SECRET_MAX);
    secret_wipe(line, sizeof(line));
    r->a->config.password = give_password;
    r->a->config.password_user = r->a;
    return err;
}

static int get_hash(const struct account_reading *r, const char *key,
                    const json_t *v, size_t digits)
{
    const char *text = json_string_value(v);

    if (!text || json_string_length(v) != digits ||
        strspn(text, "0123456789abcdef") != digits)
        return account_refuse(
            r, "\"ha1\": \"%s\" must be %zu lower-case hex digits", key,
            digits);
    return 0;
}

static int read_ha1(const struct account_reading *r, const char *key,
                    const json_t *v)
{
    struct siplock_ha1 *ha1 = &r->a->ha1;
    const char *k;
    json_t *m;

    if (!json_is_object(v))
        return account_refuse(r, "\"%s\" must be an object", key);
    *ha1 = (struct siplock_ha1){.size = sizeof(*ha1)};
    json_object_foreach((json_t *)(uintptr_t)v, k, m)
    {
        if (strcmp(k, "realm") == 0) {
            if (account_get_text(r, "realm", m, &ha1->realm))
                return -1;
        } else if (strcmp(k, "MD5") == 0) {
            if (get_hash(r, k, m, 32))
                return -1;
            ha1->md5 = json_string_value(m);
        } else if (strcmp(k, "SHA-256") == 0) {
            if (get_hash(r, k, m, 64))
                return -1;
            ha1->sha256 = json_string_value(m);
        } else if (strcmp(k, "SHA-512-256") == 0) {
            if (get_hash(r, k, m, 64))
                return -1;
            ha1->sha512_256 = json_string_value(m);
        } else {
            return account_refuse(
                r,
                "\"ha1\": member \"%s\" is not known; realm, "
                "MD5 and SHA-256 are",
                k);
        }
    }
    if (!ha1->realm || (!ha1->md5 && !ha1->sha256 && !ha1->sha512_256))
        return account_refuse(r, "\"ha1\" needs \"realm\" and \"MD5\" or "
                                 "\"SHA-256\"");
    r->a->config.ha1 = ha1;
    return 0;
}

static int read_level(const struct account_reading *r, const char *key,
                      const json_t *v)
{
    const char *text = "";

    if (account_get_text(r, key, v, &text))
        return -1;
    if (strcmp(text, "modern") == 0)
        r->a->config.level = SIPLOCK_LEVEL_MODERN;
    else if (strcmp(text, "strict") == 0)
        r->a->config.level = SIPLOCK_LEVEL_STRICT;
    else if (strcmp(text, "legacy-pbx") == 0)
        r->a->config.level = SIPLOCK_LEVEL_LEGACY_PBX;
    else
        return account_refuse(
            r, "\"level\" is one of modern, strict, legacy-pbx; "
               "there is none below");
    r->a->level = text;
    return 0;
}

static int read_names(const struct account_reading *r, const char *key,
                      const json_t *v)
{
    const char *text = "";

    if (account_get_text(r, key, v, &text))
        return -1;
    if (strcmp(text, "rfc5922") == 0)
        r->a->config.names = SIPLOCK_NAMES_RFC5922;
    else if (strcmp(text, "rfc6125") == 0)
        r->a->config.names = SIPLOCK_NAMES_RFC6125;
    else if (strcmp(text, "+cn") == 0)
        r->a->config.names = SIPLOCK_NAMES_CN;
    else
        return account_refuse(r, "\"names\" is one of rfc5922, rfc6125, +cn");
    return 0;
}

static int read_expires(const struct account_reading *r, const char *key,
                        const json_t *v)
{
    json_int_t s = json_integer_value(v);

    if (!json_is_integer(v) || s < 60 || s > 604800)
        return account_refuse(r, "\"%s\" must be 60 to 604800 seconds", key);
    r->a->config.expires = (uint32_t)s;
    return 0;
}

static int read_codecs(const struct account_reading *r, const char *key,
                       const json_t *v)
{
    static const char *const known[] = {"opus", "pcma", "pcmu"};
    const char **list = r->a->codec;
    size_t n = 0;

    if (account_get_list(r, key, v, list, &n))
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < 3 && strcmp(list[i], known[k]) != 0)
            k++;
        if (k == 3)
            return account_refuse(
                r,
                "\"%s\" has opus, pcma and pcmu; \"%s\" is not "
                "known",
                key, list[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(list[i], list[j]) == 0)
                return account_refuse(r, "\"%s\" has %s twice", key, list[i]);
    }
    r->a->config.codec = list;
    r->a->config.codecs = n;
    return 0;
}

static const struct {
    const char *key;
    int (*read)(const struct account_reading *, const char *, const json_t *);
} members[] = {
    {"aor", read_aor},
    {"outbound", read_outbound},
    {"address", read_address},
    {"dns", account_read_dns},
    {"dns_search", account_read_dns_search},
    {"dns_try_ms", account_read_dns_try_ms},
    {"user", read_user},
    {"realm", read_realm},
    {"password_file", read_password_file},
    {"ha1", read_ha1},
    {"ca", account_read_ca},
    {"pins", account_read_pins},
    {"pins_end", account_read_pins_end},
    {"trust", account_read_trust},
    {"crl", account_read_crl},
    {"cert", account_read_cert},
    {"key", account_read_key},
    {"level", read_level},
    {"names", read_names},
    {"expires", read_expires},
    {"codecs", read_codecs},
    {"instance", account_read_instance},
    {"gruu", account_read_gruu},
    {"transfers", account_read_transfers},
    {"refers", account_read_refers},
    {"clean", account_read_clean},
    {"share_flow", account_read_share_flow},
    {"flows", account_read_flows},
    {"retry_base", account_read_retry_base},
};

static int read_member(const struct account_reading *r, const char *key,
                       const json_t *v)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (strcmp(key, members[i].key) == 0)
            return members[i].read(r, key, v);
    if (strcmp(key, "password") == 0)
        return account_refuse(r,
                              "\"password\" is not taken in the account file; "
                              "name a \"password_file\" or give \"ha1\"");
    return account_refuse(r, "member \"%s\" is not known", key);
}

static int give_password(void *user, siplock_account account,
                         struct siplock_str realm,
                         struct siplock_password *out)
{
    const struct account_file *a = user;
    struct slice bytes = secret_bytes(&a->password);

    (void)account;
    (void)realm;
    if (bytes.n == 0 || bytes.n > sizeof(out->bytes))
        return -1;
    memcpy(out->bytes, bytes.p, bytes.n);
    out->n = bytes.n;
    return 0;
}

/* Loads at most ACCOUNT_FILE_MAX bytes, so that a device file cannot hang. */
static json_t *load(const struct account_reading *r)
{
    static const size_t flags = JSON_REJECT_DUPLICATES;
    json_error_t error;
    char *text;
    json_t *json = NULL;
    size_t n;
    FILE *f = fopen(r->path, "rb");

    if (!f) {
        account_refuse(r, "the file cannot be opened");
        return NULL;
    }
    text = calloc(1, ACCOUNT_FILE_MAX + 1);
    n = text ? fread(text, 1, ACCOUNT_FILE_MAX + 1, f) : 0;
    if (text && n <= ACCOUNT_FILE_MAX) {
        json = json_loadb(text, n, flags, &error);
        if (!json)
            account_refuse(r, "line %d: %s", error.line, error.text);
    } else {
        account_refuse(r, "the file is longer than %d bytes",
                       ACCOUNT_FILE_MAX);
    }
    free(text);
    fclose(f);
    return json;
}

int account_file_load(struct account_file *a, const char *path,
                      struct siplock_cause *cause)
{
    const struct account_reading r = {a, path, cause};
    const char *key;
    json_t *v;

    *a = (struct account_file){.level = "strict"};
    a->config.size = sizeof(a->config);
    a->json = load(&r);
    if (!a->json)
        return -1;
    if (!json_is_object(a->json))
        return account_refuse(&r, "the file must hold one JSON object");
    json_object_foreach(a->json, key, v)
    {
        if (read_member(&r, key, v))
            return -1;
    }
    if (!a->config.aor)
        return account_refuse(&r, "\"aor\" is missing");
    if (!a->config.instance)
        account_derive_instance(a, path);
    if (!a->config.cert_file != !a->config.key_file)
        return account_refuse(&r, "\"cert\" and \"key\" go together");
    if (a->config.trust_pins && !a->config.pins)
        return account_refuse(&r, "\"trust\" \"pin\" needs \"pins\"");
    if (a->config.ha1 && a->config.password)
        return account_refuse(&r,
                              "give \"password_file\" or \"ha1\", not both");
    return 0;
}

void account_file_free(struct account_file *a)
{
    json_decref(a->json);
    secret_clear(&a->password);
    a->json = NULL;
}
