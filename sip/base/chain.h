/* SPDX-License-Identifier: Apache-2.0 */
/* Chains: lists that each of their members can leave by itself. */
#ifndef SIP_BASE_CHAIN_H
#define SIP_BASE_CHAIN_H

/*
 * Of any struct with "struct x *next, **prev": next is the chain's next one or
 * NULL, prev what points to this one. Arguments are evaluated more than once.
 */
#define CHAIN_ADD(head, x)                \
    do {                                  \
        (x)->next = (head);               \
        (x)->prev = &(head);              \
        if ((x)->next)                    \
            (x)->next->prev = &(x)->next; \
        (head) = (x);                     \
    } while (0)

#define CHAIN_REMOVE(x)                  \
    do {                                 \
        *(x)->prev = (x)->next;          \
        if ((x)->next)                   \
            (x)->next->prev = (x)->prev; \
    } while (0)

#endif
