/* SPDX-License-Identifier: Apache-2.0 */
/* The wire's judge: sees what is not TLS, and passes what is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/out.h"
#include "tools/wire.h"

/* An IPv4 TCP packet to port 5061 with this payload. */
static void give(struct wire *w, uint32_t seq, bool syn, struct slice payload)
{
    char packet[2048];
    struct out o = out_of(packet, sizeof(packet));

    out_char(&o, 0x45);
    out_char(&o, 0);
    out_be16(&o, (uint16_t)(40 + payload.n));
    out_put(&o, slice_of("\0\0\0\0\x40\x06\0\0", 8));
    out_put(&o, slice_of("\x7f\0\0\x01\x7f\0\0\x01", 8));
    out_be16(&o, 40000);
    out_be16(&o, 5061);
    out_be16(&o, (uint16_t)(seq >> 16));
    out_be16(&o, (uint16_t)seq);
    out_put(&o, slice_of("\0\0\0\0\x50", 5));
    out_char(&o, syn ? 2 : 16);
    out_put(&o, slice_of("\0\0\0\0\0\0", 6));
    out_put(&o, payload);
    assert_int_equal(o.err, 0);
    wire_packet(w, out_slice(&o));
}

#define RECORD slice_of("\x17\x03\x03\0\x04wxyz", 9)

static void tls_is_clean(void **state)
{
    struct wire w;

    (void)state;
    wire_init(&w, 5061);
    assert_false(wire_clean(&w)); /* nothing seen proves nothing */
    give(&w, 99, true, slice_of(NULL, 0));
    give(&w, 100, false, RECORD);
    give(&w, 109, false, slice_of("\x17\x03", 2)); /* in pieces */
    assert_false(wire_clean(&w));
    give(&w, 111, false, slice_of("\x03\0\x02", 3));
    give(&w, 114, false, slice_of("ab", 2));
    assert_true(wire_clean(&w));
    assert_int_equal(w.records, 2);
    assert_int_equal(w.bytes, 16);
}

static void plaintext_is_found(void **state)
{
    struct wire w;

    (void)state;
    wire_init(&w, 5061);
    give(&w, 99, true, slice_of(NULL, 0));
    give(&w, 100, false, S("REGISTER sip:x SIP/2.0\r\n\r\n"));
    assert_false(wire_clean(&w));
    assert_int_equal(w.plaintext, 26);

    wire_init(&w, 5061); /* behind a good record too */
    give(&w, 99, true, slice_of(NULL, 0));
    give(&w, 100, false, RECORD);
    give(&w, 109, false, S("ACK sip:x"));
    assert_false(wire_clean(&w));
    assert_int_equal(w.plaintext, 9);
}

static void order_and_gaps(void **state)
{
    struct wire w;

    (void)state;
    wire_init(&w, 5061);
    give(&w, 99, true, slice_of(NULL, 0));
    give(&w, 100, false, RECORD);
    give(&w, 100, false, RECORD); /* sent again */
    assert_true(wire_clean(&w));
    give(&w, 200, false, RECORD); /* something is missing */
    assert_false(wire_clean(&w));
    assert_int_equal(w.gaps, 1);

    wire_init(&w, 5061); /* the beginning is missing */
    give(&w, 100, false, RECORD);
    assert_false(wire_clean(&w));
}

/* Without a port all are judged, but the one that is left out. */
static void all_ports(void **state)
{
    struct wire w;

    (void)state;
    wire_init(&w, 0);
    give(&w, 99, true, slice_of(NULL, 0));
    give(&w, 100, false, RECORD);
    assert_true(wire_clean(&w));
    give(&w, 109, false, S("OPTIONS sip:x"));
    assert_int_equal(w.plaintext, 13);

    wire_init(&w, 0);
    w.except = 5061;
    give(&w, 99, true, slice_of(NULL, 0));
    give(&w, 100, false, S("OPTIONS sip:x"));
    assert_int_equal(w.packets, 0);
}

static void rubbish_and_other_ports(void **state)
{
    char bytes[64];
    struct wire w;

    (void)state;
    wire_init(&w, 443);
    give(&w, 1, true, S("not ours"));
    assert_int_equal(w.packets, 0);
    for (size_t n = 0; n < sizeof(bytes); n++) {
        memset(bytes, 0x45, sizeof(bytes));
        wire_packet(&w, slice_of(bytes, n));
        bytes[0] = 0x60;
        wire_packet(&w, slice_of(bytes, n));
    }
    assert_int_equal(w.packets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_is_clean),
        cmocka_unit_test(plaintext_is_found),
        cmocka_unit_test(order_and_gaps),
        cmocka_unit_test(all_ports),
        cmocka_unit_test(rubbish_and_other_ports),
    };

    return cmocka_run_group_tests_name("tools_wire", tests, NULL, NULL);
}
