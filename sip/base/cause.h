/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of causes: why something failed, in words for people. */
#ifndef SIP_BASE_CAUSE_H
#define SIP_BASE_CAUSE_H

#include "sip/base/out.h"

/* Which part of the world is at fault; events print the lower-case name. */
#define CAUSE_DOMAIN_MAP(X)     \
    X(NONE, "none")             \
    X(CONFIG, "config")         \
    X(DNS, "dns")               \
    X(CONNECT, "connect")       \
    X(TLS, "tls")               \
    X(CERT, "certificate")      \
    X(POLICY, "policy")         \
    X(AUTH, "auth")             \
    X(REGISTER, "registration") \
    X(CALL, "call")             \
    X(MEDIA, "media")           \
    X(PUSH, "push")             \
    X(TIMEOUT, "timeout")       \
    X(INTERNAL, "internal")

enum cause_domain {
#define X(name, text) CAUSE_##name,
    CAUSE_DOMAIN_MAP(X)
#undef X
        CAUSE_DOMAIN_COUNT
};

/* X(symbol, domain, sentence, hint): the symbol is what events carry. */
/* clang-format off: a line that is added moves no other. */
#define CAUSE_MAP(X)                                                          \
    X(none, NONE, "no failure", "")                                           \
    X(out_of_memory, INTERNAL, "memory ran out",                              \
      "close other programs or raise the limit; the rest goes on")            \
    X(internal, INTERNAL, "an operation of the system failed",                \
      "report this with the log")                                             \
    X(table_full, INTERNAL, "a table has reached its limit",                  \
      "remove accounts or calls that are no longer needed")                   \
    X(config_invalid, CONFIG, "the configuration is not valid",               \
      "correct the member that is named")                                     \
    X(config_trust, CONFIG, "the trust anchors cannot be used",               \
      "check the path, the PEM format and that it holds a certificate")       \
    X(dns_no_record, DNS, "the name has no usable record",                    \
      "publish _sips._tcp SRV, A or AAAA records, or set an address")         \
    X(dns_no_domain, DNS, "the name does not exist in DNS",                   \
      "check the spelling of the domain")                                     \
    X(dns_timeout, DNS, "the DNS servers did not answer",                     \
      "check the network and the configured DNS servers")                     \
    X(dns_server, DNS, "the DNS servers answered with a failure",             \
      "check the DNS servers; another one may work")                          \
    X(dns_misplaced, DNS, "the SRV record stands under _sip._tls",            \
      "publish it as _sips._tcp; RFC 3263 knows no _sip._tls")                \
    X(dns_malformed, DNS, "the DNS answer is malformed",                      \
      "something on the path alters DNS; try another DNS server")             \
    X(connect_refused, CONNECT, "the server refused the connection",          \
      "check that its TLS port is open and listening")                        \
    X(connect_timeout, CONNECT, "the server did not answer in time",          \
      "a firewall may drop TCP to this port; check it")                       \
    X(connect_unreachable, CONNECT, "there is no route to the server",        \
      "check the network connection")                                         \
    X(connect_no_ipv4, CONNECT, "the address is IPv4, this network has none", \
      "give the server an IPv6 address (AAAA), or use another network")       \
    X(connect_no_second_edge, CONNECT, "there is no second edge",             \
      "give the server's name a second address, or name a second edge")       \
    X(connect_failed, CONNECT, "the connection could not be made",            \
      "check the network and the address")                                    \
    X(connect_reset, CONNECT, "the server closed the connection",             \
      "see the server's log; it may require something of the client")         \
    X(connect_dead, CONNECT, "the connection died: no answer to a ping",      \
      "the network or a NAT dropped it; it is set up again by itself")        \
    X(connect_flow_failed, CONNECT,                                           \
      "a proxy lost the connection to us (430)",                              \
      "nothing to do: it is set up again by itself")                          \
    X(connect_framing, CONNECT, "the server's SIP stream is unreadable",      \
      "its Content-Length cannot be trusted; the server is at fault")         \
    X(tls_no_tls, TLS, "the server does not speak TLS on this port",          \
      "use the server's TLS port, usually 5061")                              \
    X(tls_plain_sip, TLS, "the server speaks SIP in clear on this port",      \
      "use the server's TLS port, usually 5061")                              \
    X(tls_http, TLS, "a web server answers on this port",                     \
      "use the server's port for SIP over TLS, usually 5061")                 \
    X(tls_captive, TLS, "this network answers with a page to log in",         \
      "log in to the network with a browser, then try again")                 \
    X(tls_silent, TLS, "the server took the connection and said nothing",     \
      "the port may not be TLS, or a firewall swallows it; check both")       \
    X(tls_reset, TLS, "the connection was cut during the handshake",          \
      "see the server's log; a firewall that dislikes TLS does this too")     \
    X(tls_version, TLS, "no TLS version in common",                           \
      "enable TLS 1.2 or 1.3 on the server")                                  \
    X(tls_suite, TLS, "no TLS cipher suite in common",                        \
      "enable ECDHE with AES-GCM or ChaCha20-Poly1305 on the server")         \
    X(tls_client_cert, TLS,                                                   \
      "the server wants a client certificate it trusts",                      \
      "set the account's cert and key, issued by a CA the server trusts")     \
    X(tls_alert, TLS, "the server ended the handshake with an alert",         \
      "see the server's log; it may require a client certificate")            \
    X(tls_timeout, TLS, "the TLS handshake was not completed in time",        \
      "the port may not be TLS, or the network stalls; check both")           \
    X(tls_handshake, TLS, "the TLS handshake failed",                         \
      "see the facts and the server's log")                                   \
    X(tls_record, TLS, "a TLS record does not authenticate",                  \
      "something on the path alters the traffic")                             \
    X(tls_flood, TLS, "the server sends records without end or content",      \
      "the server or something on the path is broken; see its log")           \
    X(cert_expired, CERT, "the certificate has expired",                      \
      "renew it on the server and reload the server")                         \
    X(cert_ca_expired, CERT, "a CA certificate of the chain has expired",     \
      "remove it from the chain the server sends, or renew that CA")          \
    X(cert_not_yet_valid, CERT, "the certificate is not valid yet",           \
      "check this device's clock and the certificate's start date")           \
    X(cert_name_mismatch, CERT, "the certificate is for another name",        \
      "add the name as a SAN, or configure the name that it has")             \
    X(cert_cn_only, CERT, "the certificate has a common name but no SAN",     \
      "issue it with a subjectAltName; or allow names \"+cn\"")               \
    X(cert_wildcard, CERT, "the name matches by a wildcard only",             \
      "issue it for the full name; or allow names \"rfc6125\"")               \
    X(cert_self_signed, CERT, "the certificate is self-signed",               \
      "trust it explicitly as the account's CA, or use a real CA")            \
    X(cert_unknown_ca, CERT, "the certificate's issuer is not trusted",       \
      "configure the issuing CA in the account")                              \
    X(cert_missing_intermediate, CERT,                                        \
      "the server does not send the intermediate certificate",                \
      "configure the full chain on the server")                               \
    X(cert_wrong_order, CERT,                                                 \
      "the server sends its certificates in the wrong order",                 \
      "send the server's own first, then each one's issuer")                  \
    X(cert_intercepted, CERT,                                                 \
      "something on the path answers with a certificate of its own",          \
      "exempt the SIP server from TLS inspection, or use another network")    \
    X(cert_not_reloaded, CERT,                                                \
      "the server still shows the certificate from before",                   \
      "reload or restart the server: it reads certificates at start only")    \
    X(cert_verifier, CERT, "this device's own verifier does not trust it",    \
      "install the issuing CA on the device, or use a public CA")             \
    X(cert_pin_mismatch, CERT,                                                \
      "no key of the chain is one that the account pins",                     \
      "compare with siplock tls --print-pin; never change a pin unasked")     \
    X(cert_pin_expired, CERT, "the account's pins have expired",              \
      "give the account new pins, or a CA instead")                           \
    X(cert_crl_expired, CERT, "the revocation list has expired",              \
      "fetch a new CRL from the CA and add the account anew")                 \
    X(cert_crl_missing, CERT,                                                 \
      "no revocation list covers the certificate's issuer",                   \
      "add the CRL of that CA to the account's crl")                          \
    X(cert_crl_invalid, CERT, "the revocation list is not the CA's",          \
      "fetch it again: its signature or dates are wrong")                     \
    X(cert_revoked, CERT, "the certificate has been revoked",                 \
      "get a new certificate for the server")                                 \
    X(cert_weak, CERT, "the certificate's key or signature is too weak",      \
      "use RSA of 2048 bits or more or ECDSA, signed with SHA-256")           \
    X(cert_usage, CERT, "the certificate is not for TLS servers",             \
      "issue it with extended key usage serverAuth")                          \
    X(cert_missing, CERT, "the server showed no certificate",                 \
      "configure a certificate on the server")                                \
    X(cert_invalid, CERT, "the certificate cannot be verified",               \
      "see the facts; issue it anew")                                         \
    X(policy_refused, POLICY, "the security policy refuses this",             \
      "see the refusal")                                                      \
    X(auth_wrong_password, AUTH, "the user name or password is wrong",        \
      "correct the account's credentials")                                    \
    X(auth_no_credentials, AUTH, "a password is asked for, none is set",      \
      "set the account's password or HA1")                                    \
    X(auth_unknown_realm, AUTH, "the challenge is for a foreign realm",       \
      "set the account's realm if the server is right")                       \
    X(auth_no_algorithm, AUTH, "no digest algorithm in common",               \
      "enable SHA-256 (or MD5 at level strict) on the server")                \
    X(auth_malformed, AUTH, "the challenge is malformed",                     \
      "the server is at fault; see the log")                                  \
    X(reg_forbidden, REGISTER, "the server forbids the registration",         \
      "check that the account exists and may register")                       \
    X(reg_not_found, REGISTER, "the server does not know the account",        \
      "check the account's address")                                          \
    X(reg_interval_too_brief, REGISTER,                                       \
      "the server asks for a longer interval than can be used",               \
      "set a longer expires")                                                 \
    X(reg_server_error, REGISTER, "the server has a problem",                 \
      "see the server's log; it is tried again by itself")                    \
    X(reg_refused, REGISTER, "the server refused the registration",           \
      "see the status and the server's log")                                  \
    X(reg_no_binding, REGISTER, "the server's 200 lacks our binding",         \
      "the registrar or a proxy alters Contact; see its log")                 \
    X(call_busy, CALL, "the other side is busy", "call again later")          \
    X(call_declined, CALL, "the other side declined the call",                \
      "ask the other side; nothing is wrong with the call")                   \
    X(call_no_answer, CALL, "nobody answered, or nobody is there",            \
      "call again later; check that the other side is registered")            \
    X(call_not_found, CALL, "the server does not know this address",          \
      "check the address that was called and the server's dial plan")         \
    X(call_forbidden, CALL, "the server forbids this call",                   \
      "check what the account may call")                                      \
    X(call_not_acceptable, CALL, "the other side cannot take this call",      \
      "enable SRTP with SDES and a common codec on the other side")           \
    X(call_redirected, CALL, "the call was redirected and not followed",      \
      "call the new address yourself if you trust it")                        \
    X(call_server_error, CALL, "the server could not set up the call",        \
      "see the server's log; call again later")                               \
    X(call_refused, CALL, "the call was refused",                             \
      "see the status and the server's log")                                  \
    X(call_cancelled, CALL, "the caller gave up",                             \
      "nothing to do; call back if you wish")                                 \
    X(call_elsewhere, CALL, "the call was answered elsewhere",                \
      "nothing to do: another device took it")                                \
    X(call_no_ack, CALL, "the caller never acknowledged the answer",          \
      "a proxy may lose ACKs; see its log")                                   \
    X(call_no_prack, CALL, "the caller never acknowledged that it rings",     \
      "the caller asked for that; a proxy may lose PRACKs")                   \
    X(call_expired, CALL, "the other side did not refresh the session",       \
      "the network or the other side is gone; call again")                    \
    X(call_too_many, CALL, "too many calls at once",                          \
      "end calls that are no longer needed")                                  \
    X(call_malformed, CALL, "a message of the other side is malformed",       \
      "see the log for what and where")                                       \
    X(call_replaced, CALL, "another call has taken this one over",            \
      "nothing to do: the new call goes on in its place")                     \
    X(call_transfer_refused, CALL, "the other side refused the transfer",     \
      "see the status; the call goes on")                                     \
    X(call_transfer_failed, CALL,                                             \
      "the other side could not reach whom it was transferred to",            \
      "see the status; the call goes on")                                     \
    X(sub_refused, CALL, "the subscription was refused",                      \
      "see the status and the server's log")                                  \
    X(sub_bad_event, CALL, "the server does not know this event package",     \
      "subscribe to one that it offers")                                      \
    X(sub_restart, CALL, "the server wants to be asked again",                \
      "nothing to do: it is asked again by itself")                           \
    X(sub_ended, CALL, "the server ended the subscription", "see the reason") \
    X(sub_no_notify, CALL, "the subscription's first NOTIFY never came",      \
      "the server, or a proxy on the way, loses it; see its log")             \
    X(sub_expired, CALL, "the subscription could not be refreshed",           \
      "see the events before; it is asked for again by itself")               \
    X(message_refused, CALL, "the message was refused",                       \
      "see the status; the other side may not take messages")                 \
    X(call_account_removed, CALL, "the account was removed",                  \
      "add the account again to make calls")                                  \
    X(media_no_port, MEDIA, "no port for media can be had",                   \
      "close other programs, or check the network interface")                 \
    X(media_no_match, MEDIA, "the session descriptions do not fit",           \
      "see the facts; check codecs and SRTP on the other side")               \
    X(media_keys, MEDIA, "the SRTP keys cannot be used",                      \
      "see the facts; the other side is at fault")                            \
    X(call_timeout, TIMEOUT, "the server did not answer the call",            \
      "the server or a proxy behind it is stuck; see its log")                \
    X(reg_timeout, TIMEOUT, "the server did not answer the request",          \
      "the server or a proxy behind it is stuck; see its log")                \
    X(timed_out, TIMEOUT, "not done in the time that was given",              \
      "allow more time or see the events before this one")
/* clang-format on */

enum cause_code {
#define X(symbol, domain, text, hint) CAUSE_##symbol,
    CAUSE_MAP(X)
#undef X
        CAUSE_CODE_COUNT
};

enum { CAUSE_TEXT_MAX = 512 };

/*
 * One failure. text is the table's sentence, or the same with the facts
 * (which certificate, which name, which dates); sanitised, one line, UTF-8,
 * NUL-terminated. No secret and no user part ever goes into it.
 */
struct cause {
    enum cause_code code;
    unsigned refusal; /* policy_refused: the row of tls/policy.h; else 0 */
    int64_t date; /* what the peer said the time is, in s since 1970; or 0 */
    char text[CAUSE_TEXT_MAX];
};

enum cause_domain cause_domain(enum cause_code code);
const char *cause_domain_name(enum cause_domain domain);
const char *cause_symbol(enum cause_code code);
const char *cause_sentence(enum cause_code code);
const char *cause_hint(enum cause_code code);

/* The table's sentence as text. */
void cause_set(struct cause *c, enum cause_code code);

/* The table's sentence, then ": " and the facts, made printable and cut. */
void cause_set_facts(struct cause *c, enum cause_code code,
                     struct slice facts);
/* One more of them, after ", ". */
void cause_add_fact(struct cause *c, struct slice fact);

#endif
