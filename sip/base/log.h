/* SPDX-License-Identifier: Apache-2.0 */
/* The log: records of typed fields, no format strings, no raw text. */
#ifndef SIP_BASE_LOG_H
#define SIP_BASE_LOG_H

#include "sip/base/env.h"
#include "sip/base/out.h"

enum log_level { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* There is no kind for free text and none for secrets, on purpose. */
enum log_kind {
    LOG_KIND_LIT,   /* a string literal of the program */
    LOG_KIND_NUM,   /* a number */
    LOG_KIND_LEN,   /* the length of something that is not shown */
    LOG_KIND_HOST,  /* a host name or address, made printable */
    LOG_KIND_TOKEN, /* Call-ID, tag, branch: random, shown as they are */
    LOG_KIND_PERSON /* a user part or number: shown as a keyed tag */
};

struct log_field {
    const char *name;
    enum log_kind kind;
    int64_t num;
    struct slice text;
};

struct log_record {
    enum log_level level;
    const char *what; /* a literal: the event's name */
    const struct log_field *field;
    size_t nfields;
};

enum { LOG_LINE_MAX = 1024, LOG_VALUE_MAX = 128, LOG_KEY = 16 };

/*
 * One log per instance. sink is called on the thread that logs, gets one
 * finished line without line end (ASCII, no control character), and must
 * not call back.
 */
struct log {
    enum log_level level;
    void (*sink)(void *user, enum log_level level, struct slice line);
    void *user;
    uint8_t key[LOG_KEY]; /* of the keyed tags; random per instance */
};

/* Use through the LOG macro, which accepts only literals for what. */
void log_write(const struct env *env, const struct log_record *record);

/* "p:" and 8 hex digits of SHA-256(key, text): the same person, same tag. */
int log_person_tag(const struct env *env, struct out *o, struct slice text);

#define LOG_LIT(fname, lit) \
    ((struct log_field){"" fname, LOG_KIND_LIT, 0, S(lit)})
#define LOG_NUM(fname, v) \
    ((struct log_field){"" fname, LOG_KIND_NUM, (int64_t)(v), {0, 0}})
#define LOG_LEN(fname, v) \
    ((struct log_field){"" fname, LOG_KIND_LEN, (int64_t)(v), {0, 0}})
#define LOG_HOST(fname, s) \
    ((struct log_field){"" fname, LOG_KIND_HOST, 0, (s)})
#define LOG_TOKEN(fname, s) \
    ((struct log_field){"" fname, LOG_KIND_TOKEN, 0, (s)})
#define LOG_PERSON(fname, s) \
    ((struct log_field){"" fname, LOG_KIND_PERSON, 0, (s)})

/* LOG(env, LOG_INFO, "flow.up", LOG_HOST("host", h), LOG_NUM("port", p)) */
#define LOG(env_, level_, what_, ...)                                       \
    log_write((env_), &(struct log_record){                                 \
                          (level_), "" what_,                               \
                          (const struct log_field[]){__VA_ARGS__},          \
                          sizeof((const struct log_field[]){__VA_ARGS__}) / \
                              sizeof(struct log_field)})

#endif
