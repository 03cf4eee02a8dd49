/* SPDX-License-Identifier: Apache-2.0 */
/* One call test: the speech, the wire and its judge, what a call must tell. */
#include "test/e2e/harness/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/certs.h"
#include "test/e2e/harness/sound.h"

void scene_begin(struct scene *c, struct stage *s)
{
    *c = (struct scene){.stage = s};
    certs_ca(s);
    certs_make(s, &(struct certs_ask){.san = "DNS:" PEER_DOMAIN});
    sound_speech(s, "short.wav", 1, 3);
    c->speech = sound_speech(s, "speech.wav", SCENE_SPEECH_S, 1);
    c->ours = sound_speech(s, "ours.wav", SCENE_SPEECH_S, 2);
}

void scene_listen(struct scene *c, const char *log, const int *clear, size_t n)
{
    c->log[c->nlog++] = log;
    wire_start_all(&c->wire, c->stage, clear, n);
}

void scene_end(struct scene *c)
{
    struct keys *k = keys_new();
    struct wire_verdict v;

    for (size_t i = 0; i < c->nlog; i++)
        keys_read(k, c->log[i]);
    wire_stop(&c->wire);
    wire_judge(&c->wire, client_canaries, &v);
    wire_judge_media(&c->wire, k, &c->media);
    keys_free(k);
    if (*v.fault || *c->media.fault)
        stage_fail("the wire: %s%s", v.fault, c->media.fault);
    if (v.records < 4)
        stage_fail("the wire: only %zu TLS records were captured", v.records);
    print_message("the wire: %zu TLS records, %zu SRTP and %zu SRTCP packets, "
                  "nothing else\n",
                  v.records, c->media.rtp, c->media.rtcp);
}

size_t scene_sent(const struct scene *c, int port)
{
    for (size_t i = 0; i < c->media.nport; i++)
        if (c->media.port[i] == port)
            return c->media.sent[i];
    return 0;
}

const json_t *scene_ended(const json_t *lines)
{
    const json_t *last = lines_last(lines, "call.ended", NULL);

    if (lines_count(lines, "call.ended", NULL) != 1)
        stage_fail("there are %zu call.ended, not one",
                   lines_count(lines, "call.ended", NULL));
    return last;
}

size_t scene_index(const json_t *lines, const char *type, const char *state)
{
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *o = json_array_get(lines, i);

        if (strcmp(lines_text(o, "type"), type) == 0 &&
            (!state || strcmp(lines_text(o, "state"), state) == 0))
            return i;
    }
    stage_fail("there is no %s %s", type, state ? state : "");
}

void scene_expect_call(const json_t *lines, const char *codec, int leaks)
{
    const json_t *ended = scene_ended(lines);
    const json_t *media = lines_last(lines, "call.media", NULL);

    assert_int_equal(lines_count(lines, "call.state", "established"), 1);
    assert_non_null(media);
    print_message("a call with %s and %s\n", lines_text(media, "codec"),
                  lines_text(media, "suite"));
    assert_string_equal(lines_text(media, "keying"), "SDES");
    assert_true(*lines_text(media, "suite"));
    if (*codec)
        assert_string_equal(lines_text(media, "codec"), codec);
    assert_true(lines_num(ended, "packets_sent") > 0);
    assert_true(lines_num(ended, "packets_received") > 0);
    assert_in_range(lines_num(ended, "unauthentic"), 0, leaks);
    assert_true(lines_count(lines, "call.stats", NULL) >= 1);
    assert_int_equal(lines_count(lines, "policy.refused", NULL), 0);
}
