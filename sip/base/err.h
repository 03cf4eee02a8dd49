/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of error codes: enum, name and sentence come from here. */
#ifndef SIP_BASE_ERR_H
#define SIP_BASE_ERR_H

/*
 * Every function that can fail returns 0 or one of these. The public header
 * repeats them as SIPLOCK_E…; ua/err.c asserts that the numbers agree, so
 * they may be appended to and never renumbered.
 */
#define ERR_MAP(X)                                                   \
    X(NOMEM, 1, "out of memory")                                     \
    X(INVAL, 2, "an argument is not valid")                          \
    X(GONE, 3, "the object named by this id no longer exists")       \
    X(FULL, 4, "a table or queue has reached its limit")             \
    X(TOOBIG, 5, "a value is longer than its limit")                 \
    X(SYNTAX, 6, "the text does not follow its grammar")             \
    X(POLICY, 7, "the security policy refuses this")                 \
    X(STATE, 8, "not possible in the present state")                 \
    X(UNSUPPORTED, 9, "not supported")                               \
    X(CRYPTO, 10, "a cryptographic operation failed")                \
    X(CERT, 11, "a certificate, key or trust anchor cannot be used") \
    X(SYS, 12, "the operating system refused an operation")          \
    X(CLOSED, 13, "the connection is closed")                        \
    X(TIMEOUT, 14, "no answer in time")                              \
    X(AGAIN, 15, "not now; call again when there is more input")     \
    X(NOTFOUND, 16, "there is no such thing")                        \
    X(RANDOM, 17, "the random source failed")

enum err {
#define X(name, num, text) E_##name = -num,
    ERR_MAP(X)
#undef X
};

/* "NOMEM" for E_NOMEM; "OK" for 0; "UNKNOWN" otherwise. Static text. */
const char *err_name(int err);

/* The sentence of a code. Static text, never NULL. */
const char *err_text(int err);

#endif
