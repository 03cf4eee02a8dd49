/* SPDX-License-Identifier: Apache-2.0 */
/* G.711: one PCM sample to one octet and back, A-law and µ-law. */
#ifndef MEDIA_G711_H
#define MEDIA_G711_H

#include <stdint.h>

/* PCM is 16 bit, full scale; pure. ITU-T G.711 tables 1 and 2. */
uint8_t media_g711_alaw(int16_t pcm);
uint8_t media_g711_ulaw(int16_t pcm);
int16_t media_g711_alaw_pcm(uint8_t octet);
int16_t media_g711_ulaw_pcm(uint8_t octet);

#endif
