/* SPDX-License-Identifier: Apache-2.0 */
/* Error codes to their names and sentences. */
#include "sip/base/err.h"

const char *err_name(int err)
{
    switch (err) {
    case 0:
        return "OK";
#define X(name, num, text) \
    case E_##name:         \
        return #name;
        ERR_MAP(X)
#undef X
    default:
        return "UNKNOWN";
    }
}

const char *err_text(int err)
{
    switch (err) {
    case 0:
        return "no error";
#define X(name, num, text) \
    case E_##name:         \
        return text;
        ERR_MAP(X)
#undef X
    default:
        return "unknown error";
    }
}
