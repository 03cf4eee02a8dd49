/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes in words. */
#ifndef SIP_STATUS_H
#define SIP_STATUS_H

#include "sip/base/slice.h"

/* The reason phrase of a status code; never empty, static text. */
struct slice sip_status_phrase(unsigned status);

#endif
