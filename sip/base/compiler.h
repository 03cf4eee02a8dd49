/* SPDX-License-Identifier: Apache-2.0 */
/* What C11 cannot say and compilers need to be told. */
#ifndef SIP_BASE_COMPILER_H
#define SIP_BASE_COMPILER_H

/*
 * HIDDEN: data of the library's own, read without the detour by which a
 * shared library's may be replaced. ALWAYS_INLINE: what it is called with is
 * known in it, or its caller is a loop that a call would slow down.
 */
#if defined(__GNUC__)
#define HIDDEN __attribute__((visibility("hidden")))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define HIDDEN
#define ALWAYS_INLINE inline
#endif

#endif
