/* SPDX-License-Identifier: Apache-2.0 */
/* The table of SRTP suites. */
#include "sdp/suite.h"

#include "sdp/scan.h"

struct suite {
    struct slice name;
    size_t key;
    unsigned strength;
};

static const struct suite suite_of[SDP_SUITE_COUNT] = {
    [SDP_SUITE_NONE] = {S_INIT(""), 0, 0},
#define X(symbol, name, n, class_) \
    [SDP_SUITE_##symbol] = {S_INIT(name), n, class_},
    SDP_SUITE_MAP(X)
#undef X
};

static const struct suite *find(enum sdp_suite suite)
{
    if ((unsigned)suite >= SDP_SUITE_COUNT)
        suite = SDP_SUITE_NONE;
    return &suite_of[suite];
}

enum sdp_suite sdp_suite_find(struct slice name)
{
    for (int i = SDP_SUITE_NONE + 1; i < SDP_SUITE_COUNT; i++)
        if (sdp_scan_eq(suite_of[i].name, name))
            return (enum sdp_suite)i;
    return SDP_SUITE_NONE;
}

struct slice sdp_suite_name(enum sdp_suite suite)
{
    return find(suite)->name;
}

size_t sdp_suite_key(enum sdp_suite suite)
{
    return find(suite)->key;
}

unsigned sdp_suite_class(enum sdp_suite suite)
{
    return find(suite)->strength;
}
