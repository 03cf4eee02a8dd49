/* SPDX-License-Identifier: Apache-2.0 */
/* siplock parse: the core's own parsers, in their one mode, over files. */
#include "tools/parse.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sdp/sdp.h"
#include "sip/base/err.h"
#include "sip/msg.h"
#include "tools/commands.h"
#include "tools/report.h"

enum { TEXT_MAX = 160 };

static void *sys_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void sys_free(void *user, void *p)
{
    (void)user;
    free(p);
}

/* One byte more than either may have, so that too much is seen. */
struct input {
    char bytes[SDP_MAX + 1];
    size_t n;
};

_Static_assert((int)SDP_MAX >= (int)SIP_MSG_MAX,
               "an input holds a whole message");

static int input_read(struct input *in, const char *file)
{
    FILE *f = fopen(file, "rb");
    int ret = 0;

    if (!f)
        return -1;
    in->n = fread(in->bytes, 1, sizeof(in->bytes), f);
    if (ferror(f))
        ret = -1;
    fclose(f);
    return ret;
}

/* "Via: the value does not follow its grammar" */
static json_t *json_error(const struct sip_parse_err *err)
{
    char text[TEXT_MAX];
    struct out o = out_of(text, sizeof(text));

    if (err->hdr != SIP_HDR_OTHER) {
        out_put(&o, sip_hdr_name(err->hdr));
        out_lit(&o, ": ");
    }
    out_put(&o, slice_cstr(sip_fault_text(err->code)));
    out_cstr(&o);
    return json_pack("{s:s, s:I, s:s}", "code", sip_fault_symbol(err->code),
                     "offset", (json_int_t)err->offset, "text", text);
}

static json_t *json_message(const char *file, const struct sip_msg *msg,
                            const struct sip_parse_err *err)
{
    json_t *j = json_object();

    json_object_set_new(j, "file", report_text(file));
    json_object_set_new(j, "valid", json_boolean(!err));
    if (msg->request && msg->method_text.n) {
        json_object_set_new(j, "kind", json_string("request"));
        json_object_set_new(
            j, "method", json_stringn(msg->method_text.p, msg->method_text.n));
    } else if (msg->status) {
        json_object_set_new(j, "kind", json_string("response"));
        json_object_set_new(j, "status", json_integer(msg->status));
    }
    json_object_set_new(j, "headers", json_integer(msg->nhdr));
    if (err)
        json_object_set_new(j, "error", json_error(err));
    return j;
}

/* 0 if the line could be written. */
static int say(FILE *out, json_t *j)
{
    int ret = j ? json_dumpf(j, out, JSON_COMPACT) : -1;

    json_decref(j);
    return ret || putc('\n', out) == EOF ? -1 : 0;
}

static json_t *json_sdp(const char *file, const struct sdp *sdp,
                        const struct sdp_parse_err *err)
{
    json_t *j = json_object();

    json_object_set_new(j, "file", report_text(file));
    json_object_set_new(j, "valid", json_boolean(!err));
    json_object_set_new(j, "kind", json_string("sdp"));
    json_object_set_new(j, "media", json_integer(sdp->nmedia));
    if (err)
        json_object_set_new(j, "error",
                            json_pack("{s:s, s:I, s:s}", "code",
                                      sdp_fault_symbol(err->code), "offset",
                                      (json_int_t)err->offset, "text",
                                      sdp_fault_text(err->code)));
    return j;
}

/* Reads the input as a message; *j is its line. */
static int parse_message(json_t **j, const char *file, const struct input *in,
                         struct arena *arena)
{
    struct sip_msg msg;
    struct sip_parse_err err;
    int ret = sip_msg_parse(&msg, arena, slice_of(in->bytes, in->n), &err);

    if (ret != E_NOMEM)
        *j = json_message(file, &msg, ret ? &err : NULL);
    return ret;
}

static int parse_sdp(json_t **j, const char *file, const struct input *in,
                     struct arena *arena)
{
    struct sdp sdp;
    struct sdp_parse_err err;
    int ret = sdp_parse(&sdp, arena, slice_of(in->bytes, in->n), &err);

    if (ret != E_NOMEM)
        *j = json_sdp(file, &sdp, ret ? &err : NULL);
    return ret;
}

/* What all files of one call are read with. */
struct run {
    struct arena_pool pool;
    struct input *in;
    FILE *out;
    int (*parse)(json_t **j, const char *file, const struct input *in,
                 struct arena *arena);
};

static int parse_file(const char *file, struct run *run)
{
    struct arena arena;
    json_t *j = NULL;
    int ret;

    if (input_read(run->in, file)) {
        fprintf(stderr, "siplock parse: %s: %s\n", file, strerror(errno));
        return 1;
    }
    arena_init(&arena, &run->pool);
    ret = run->parse(&j, file, run->in, &arena);
    if (ret == E_NOMEM) {
        fprintf(stderr, "siplock parse: %s: %s\n", file, err_text(ret));
        ret = 1;
    } else {
        ret = say(run->out, j) ? 1 : 0;
    }
    arena_reset(&arena);
    return ret;
}

int tool_parse(int argc, char **argv, FILE *out)
{
    struct env env = {.alloc = sys_alloc, .free = sys_free};
    struct run run = {.out = out, .parse = parse_message};
    int code = 0;

    if (argc && strcmp(argv[0], "--sdp") == 0) {
        run.parse = parse_sdp;
        argc--;
        argv++;
    }
    if (argc < 1) {
        fprintf(stderr, "usage: siplock parse [--sdp] FILE...\n");
        return 2;
    }
    run.in = malloc(sizeof(*run.in));
    if (!run.in) {
        fprintf(stderr, "siplock parse: %s\n", err_text(E_NOMEM));
        return 1;
    }
    arena_pool_init(&run.pool, &env);
    for (int i = 0; i < argc; i++)
        if (parse_file(argv[i], &run))
            code = 1;
    arena_pool_free(&run.pool);
    free(run.in);
    return code;
}

int cmd_parse(int argc, char **argv)
{
    return tool_parse(argc, argv, stdout);
}
