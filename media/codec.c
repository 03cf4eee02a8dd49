/* SPDX-License-Identifier: Apache-2.0 */
/* The codecs that there are. */
#include "media/codec.h"

const struct media_codec_ops *media_codec_find(struct slice name,
                                               unsigned clock)
{
    static const struct media_codec_ops *const all[] = {
        &media_codec_opus, &media_codec_pcma, &media_codec_pcmu};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i]->clock == clock &&
            slice_ieq(name, slice_cstr(all[i]->name)))
            return all[i];
    return NULL;
}
