/* SPDX-License-Identifier: Apache-2.0 */
/* Values of header fields, right and wrong, read in one line and folded. */

/*
 * In one line a value is read over the map of the head and in hops; folded it
 * is copied and read byte by byte. Both must come to the same.
 */
#include "sip/read.h"
#include "test/unit/sip_kit.h"
#include "test/unit/sip_reading.h"

enum { PAGE = 8192, BOTH = 2 };

struct row {
    const char *name;
    const char *value;
    bool ok;
};

#define LONG60 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

/* clang-format off: a row a line. */
static const struct row rows[] = {
    /* RFC 3261 20.42, RFC 3581 */
    {"Via", "SIP/2.0/TLS a.test;branch=z9hG4bK1", true},
    {"Via", "SIP/2.0/TLS a.test:5061;branch=z9hG4bK1;rport;alias", true},
    {"Via", "SIP / 2.0 / TLS  a.test : 5061 ; branch = z9hG4bK1", true},
    {"Via", "sip/2.0/udp 192.0.2.1:65535;rport=65535", true},
    {"Via", "SIP/2.0/TLS 192.0.2.1;received=192.0.2.9;branch=b", true},
    {"Via", "SIP/2.0/TLS 192.0.2.1;received=192.0.2.9:5061;branch=b", true},
    {"Via", "SIP/2.0/TLS 192.0.2.1;received=2001:db8::1;branch=b", true},
    {"Via", "SIP/2.0/TLS [2001:db8::1]:5061;received=[2001:db8::2]", true},
    {"Via", "SIP/2.0/TLS a;maddr=224.0.0.1;ttl=255;received=1.2.3.4", true},
    {"Via", "SIP/2.0/TLS a.b-c.d-e;x=\"quoted, ; value\";y", true},
    {"Via", "SIP/2.0/TLS a;branch=1, SIP/2.0/UDP b;branch=2", true},
    {"Via", "SIP/2.0/TLS a;branch=" LONG60 LONG60, true},
    {"Via", "SIP/2.0/TLS a." LONG60 ".b", true},
    {"Via", "SIP/2.0/TLS a;rport=0000005061", true},
    {"Via", "SIP/2.0/TLS a;x=%41;y=`", true},
    {"Via", "SIP/2.0/TLS a;BRANCH=1;Rport;ReCeIvEd=1.2.3.4;TTL=1", true},
    {"Via", "SIP/2.0/TLS a;other=1;brancx=1;rporx=1;maddx=1;receivex=1", true},
    {"Via", "SIP/2.0/TLS a;branch=", false},
    {"Via", "SIP/2.0/TLS a;branch", false},
    {"Via", "SIP/2.0/TLS a;branch=\"x\"", false},
    {"Via", "SIP/2.0/TLS a;branch=1;branch=2", false},
    {"Via", "SIP/2.0/TLS a;rport;rport", false},
    {"Via", "SIP/2.0/TLS a;rport=65536", false},
    {"Via", "SIP/2.0/TLS a;rport=99999999999999999999", false},
    {"Via", "SIP/2.0/TLS a;rport=x", false},
    {"Via", "SIP/2.0/TLS a;rport=\"1\"", false},
    {"Via", "SIP/2.0/TLS a;ttl=256", false},
    {"Via", "SIP/2.0/TLS a;ttl=1000", false},
    {"Via", "SIP/2.0/TLS a;ttl=1;ttl=1", false},
    {"Via", "SIP/2.0/TLS a;ttl=x", false},
    {"Via", "SIP/2.0/TLS a;received=a.test", false},
    {"Via", "SIP/2.0/TLS a;received=1.2.3.256", false},
    {"Via", "SIP/2.0/TLS a;received=1.2.3.4:x", false},
    {"Via", "SIP/2.0/TLS a;received=1.2.3.4:65536", false},
    {"Via", "SIP/2.0/TLS a;received=1.2.3.4;received=1.2.3.4", false},
    {"Via", "SIP/2.0/TLS a;received", false},
    {"Via", "SIP/2.0/TLS a;received=[::g]", false},
    {"Via", "SIP/2.0/TLS a;maddr=_", false},
    {"Via", "SIP/2.0/TLS a;maddr=1.2.3.4;maddr=1.2.3.4", false},
    {"Via", "SIP/2.0/TLS a:65536", false},
    {"Via", "SIP/2.0/TLS a:", false},
    {"Via", "SIP/2.0/TLS a:x", false},
    {"Via", "SIP/2.0/TLS a;", false},
    {"Via", "SIP/2.0/TLS a;=1", false},
    {"Via", "SIP/2.0/TLS a;x=", false},
    {"Via", "SIP/2.0/TLS a;x=\"open", false},
    {"Via", "SIP/2.0/TLS a;x=[::1", false},
    {"Via", "SIP/2.0/TLS a b", false},
    {"Via", "SIP/2.0/TLS a,", false},
    {"Via", "SIP/2.0/TLS -a", false},
    {"Via", "SIP/2.0/TLS a-", false},
    {"Via", "SIP/2.0/TLS a..b", false},
    {"Via", "SIP/2.0/TLS a.-b", false},
    {"Via", "SIP/2.0/TLS a_b", false},
    {"Via", "SIP/2.0/TLS 1.2.3", false},
    {"Via", "SIP/2.0/TLS 1.2.3.4.5", false},
    {"Via", "SIP/2.0/TLS a.1", false},
    {"Via", "SIP/2.0/TLS [::1", false},
    {"Via", "SIP/2.0/TLS [1.2.3.4]", false},
    {"Via", "SIP/2.0/TLS", false},
    {"Via", "SIP/2.0 TLS a", false},
    {"Via", "SIP/2.0/ a", false},
    {"Via", "SIP//TLS a", false},
    {"Via", "/2.0/TLS a", false},
    {"Via", "SIP/2.0/TLS/ a", false},
    {"Via", "SIP/2.0/ TLS a", true},
    {"Via", "SIP/2.0;TLS a", false},
    {"Via", "SIP/2.0/TLS a;received=", false},
    {"Via", "SIP/2.0/TLS a;received=1.2.3.4:1x", false},
    {"Via", "SIP/2.0/TLS a;rport=", false},
    {"Via", "SIP/2.0/TLS a;xtl=1;recevied=x", true},
    {"Via", "SIP/2.0/TLS 1.2.3.4 ;branch=a", true},
    {"Via", "SIP/2.0/TLS 1.2.3.999", false},
    {"Via", "SIP/2.0/TLS 1.2..4", false},
    {"Via", "SIP/2.0/TLS a:506100", false},

    /* 20.20, 20.39: From and To */
    {"From", "<sip:a@b.test>;tag=1", true},
    {"From", "sip:a@b.test;tag=1", true},
    {"From", "sip:a@192.0.2.1:5061;tag=1;x", true},
    {"From", "\"A \\\"B\\\" C\" <sip:a@b.test>;tag=1", true},
    {"From", "A B  C <sip:a@b.test> ; tag = 1 ; x = \"y;z\"", true},
    {"From", "\"\"<sips:a@b.test>;tag=1", true},
    {"From", "<tel:+49-30-1;phone-context=x>;tag=1", true},
    {"From", "<SIP:a@b.test>;TAG=1", true},
    {"From", "<SIPS:a@b.test>;x=1;tag=1;y=2", true},
    {"From", "<sip:b.test>;tag=%41`", true},
    {"From", "<sip:a:pw@b.test:1;x=y;lr;ob;transport=tls?h=v&i=>;tag=1", true},
    {"From", "<sip:%41%42@b.test;%6cr;a=%42>;tag=1", true},
    {"From", "<sip:a;x=y@b.test;z>;tag=1", true},
    {"From", "<sip:&=+$,;?/@b.test>;tag=1", true},
    {"From", "<sip:a@b.test.>;tag=1", true},
    {"From", "<sip:" LONG60 "@" LONG60 ".test>;tag=" LONG60, true},
    {"From", "<sip:a@b.test;x=[::1]:/&+$>;tag=1", true},
    {"From", "<urn:service:sos>;tag=1", true},
    {"From", "http://a.test/b?c;tag=1", true},
    {"From", "<sip:a@b.test;lr;LR>;tag=1", false},
    {"From", "<sip:a@b.test;lr;%6cr>;tag=1", false},
    {"From", "<sip:a@b.test;>;tag=1", false},
    {"From", "<sip:a@b.test;x=>;tag=1", false},
    {"From", "<sip:a@b.test?>;tag=1", false},
    {"From", "<sip:a@b.test?h>;tag=1", false},
    {"From", "<sip:a@b.test?h=v&>;tag=1", false},
    {"From", "<sip:a@b.test:>;tag=1", false},
    {"From", "<sip:a@b.test:65536>;tag=1", false},
    {"From", "<sip:@b.test>;tag=1", false},
    {"From", "<sip:a@>;tag=1", false},
    {"From", "<sip:a%4@b.test>;tag=1", false},
    {"From", "<sip:a%zz@b.test>;tag=1", false},
    {"From", "<sip:a`@b.test>;tag=1", false},
    {"From", "<sip:>;tag=1", false},
    {"From", "<:a@b.test>;tag=1", false},
    {"From", "<1sip:a@b.test>;tag=1", false},
    {"From", "<sip a@b.test>;tag=1", false},
    {"From", "<sip:a@b.test;tag=1", false},
    {"From", "<sip:a@b.test>;tag", false},
    {"From", "<sip:a@b.test>;tag=", false},
    {"From", "<sip:a@b.test>;tag=\"1\"", false},
    {"From", "<sip:a@b.test>;tag=1;tag=2", false},
    {"From", "<sip:a@b.test>;tag=1 x", false},
    {"From", "<sip:a@b.test>;tag=1,", false},
    {"From", "\"A <sip:a@b.test>;tag=1", false},
    {"From", "\"A\" sip:a@b.test;tag=1", false},
    {"From", "A B sip:a@b.test;tag=1", false},
    {"From", "", false},
    {"To", "<sip:a@b.test>", true},
    {"To", "<sip:a@b.test>;x=1;x=1", true},
    {"To", "<sip:a@b.test>;tag=a:b", false},

    /* 20.10 */
    {"Contact", "<sip:a@b.test>", true},
    {"Contact", "sip:a@b.test", true},
    {"Contact", "sip:a@b.test;expires=1, <sip:c@d.test>;q=0.1", true},
    {"Contact", "<sip:a@b.test>;q=1;expires=0;reg-id=1", true},
    {"Contact", "<sip:a@b.test>;q=0.;EXPIRES=99999999999", true},
    {"Contact", "<sip:a@b.test>;+sip.instance=\"<urn:uuid:1>\";q=1.000", true},
    {"Contact", "<sip:a@b.test>;+sip.instance=\"a\\\"b\"", true},
    {"Contact", "<sip:a@b.test>;+sip.instance=x;reg-ix=1;expirex=1;r=1", true},
    {"Contact", "<sip:a@b.test>;q=0.1234", false},
    {"Contact", "<sip:a@b.test>;q=1.1", false},
    {"Contact", "<sip:a@b.test>;q=2", false},
    {"Contact", "<sip:a@b.test>;q=0x1", false},
    {"Contact", "<sip:a@b.test>;q=0.x", false},
    {"Contact", "<sip:a@b.test>;q", false},
    {"Contact", "<sip:a@b.test>;q=1;q=1", false},
    {"Contact", "<sip:a@b.test>;expires=x", false},
    {"Contact", "<sip:a@b.test>;expires=1x", false},
    {"Contact", "<sip:a@b.test>;expires", false},
    {"Contact", "<sip:a@b.test>;expires=1;expires=1", false},
    {"Contact", "<sip:a@b.test>;reg-id=4294967296", false},
    {"Contact", "<sip:a@b.test>;+sip.instance=\"a\\\x01\"", false},
    {"Contact", "*", true},
    {"Contact", "*, <sip:a@b.test>", false},
    {"Contact", "<sip:a@b.test>, *", false},
    {"Contact", "<sip:a@b.test>,", false},
    {"Contact", "<sip:a@b.test>;", false},

    /* 20.34, 20.30, RFC 3327, RFC 3608, RFC 3325 */
    {"Route", "<sip:a.test;lr>", true},
    {"Route", "\"E\" <sip:a.test;lr>;x=y , <sips:b.test>", true},
    {"Route", "sip:a.test;lr", false},
    {"Route", "<sip:a.test;lr>,", false},
    {"Route", "<sip:a.test;lr>;=", false},
    {"Record-Route", "<sip:[::1]:5061;lr;transport=tls>", true},
    {"Record-Route", "sip:a.test", false},
    {"Path", "<sip:a.test;lr;ob>", true},
    {"Service-Route", "<sip:a.test;lr>,<sip:b.test;lr>", true},
    {"P-Asserted-Identity", "sip:a@b.test", true},
    {"P-Asserted-Identity", "\"A\" <sip:a@b.test>, tel:+1", true},
    {"P-Asserted-Identity", "\"A\"", false},
    {"P-Preferred-Identity", "<sip:a@b.test>", true},
    {"Reply-To", "A <sip:a@b.test>;x", true},
    {"Reply-To", "A", false},
    {"Refer-To", "<sip:a@b.test?Replaces=1%3Bto-tag%3D2>", true},
    {"Referred-By", "<sip:a@b.test>;cid=\"1@b\"", true},
    {"Referred-By", "<sip:a@b.test>,<sip:c@d.test>", false},

    /* numbers */
    {"CSeq", "1 OPTIONS", true},
    {"CSeq", "2147483647\t OPTIONS", true},
    {"CSeq", "2147483648 OPTIONS", false},
    {"CSeq", "1OPTIONS", false},
    {"CSeq", "x OPTIONS", false},
    {"CSeq", "1 ", false},
    {"CSeq", "1 OPTIONS x", false},
    {"CSeq", "1 INVITE", false},
    {"RAck", "1 2\tINVITE", true},
    {"RAck", "1", false},
    {"RAck", "4294967296 1 INVITE", false},
    {"RAck", "1 INVITE", false},
    {"RSeq", "4294967295", true},
    {"RSeq", "4294967296", false},
    {"Max-Forwards", "255", true},
    {"Max-Forwards", "256", false},
    {"Max-Forwards", "-1", false},
    {"Content-Length", "0", true},
    {"Content-Length", "4294967296", false},
    {"Expires", "99999999999999999999", true},
    {"Expires", "", false},
    {"Min-Expires", "60", true},
    {"Min-Expires", "60;x", false},
    {"Flow-Timer", "120", true},
    {"Min-SE", "90;x=y;z", true},
    {"Min-SE", "90;", false},
    {"Min-SE", "x", false},
    {"Session-Expires", "1800;refresher=uac", true},
    {"Session-Expires", "1800 ; refresher", true},
    {"Session-Expires", "1800;refresher=", false},
    {"Retry-After", "5", true},
    {"Retry-After", "5 (in (a) \\) meeting);duration=60;x", true},
    {"Retry-After", "5 (open", false},
    {"Retry-After", "5;=", false},
    {"Retry-After", "soon", false},
    {"Retry-After", "5 x", false},
    {"Timestamp", "54", true},
    {"Timestamp", "54.1 .5", true},
    {"Timestamp", "54. 1.25", true},
    {"Timestamp", ".5", false},
    {"Timestamp", "", false},
    {"MIME-Version", "1.0", true},
    {"MIME-Version", "1.", false},
    {"MIME-Version", "1", false},
    {"MIME-Version", ".0", false},
    {"Date", "Sat, 13 Nov 2010 23:29:00 GMT", true},
    {"Date", "sAT, 29 FEB 2000 23:59:60 gmt", true},
    {"Date", "Sat, 01 Jan 0001 00:00:00 GMT", true},
    {"Date", "Sat, 13 Nov 2010 23:29:00 UTC", false},
    {"Date", "Sat, 00 Nov 2010 23:29:00 GMT", false},
    {"Date", "Sat, 32 Nov 2010 23:29:00 GMT", false},
    {"Date", "Sat, 13 Nov 2010 24:29:00 GMT", false},
    {"Date", "Sat, 13 Nov 2010 23:60:00 GMT", false},
    {"Date", "Sat, 13 Nov 2010 23:29:61 GMT", false},
    {"Date", "Sat, 13 Nov 2010 23:29.00 GMT", false},
    {"Date", "Sat, 13 Nov 2010 23.29:00 GMT", false},
    {"Date", "Sat, 13 Nov 2010-23:29:00 GMT", false},
    {"Date", "Sat, 13 Nov  010 23:29:00 GMT", false},
    {"Date", "Sat, 13 Nov-2010 23:29:00 GMT", false},
    {"Date", "Sat, 13 Nox 2010 23:29:00 GMT", false},
    {"Date", "Sat, 13-Nov 2010 23:29:00 GMT", false},
    {"Date", "Sat 13 Nov 2010 23:29:00 GMT", false},
    {"Date", "Xat, 13 Nov 2010 23:29:00 GMT", false},
    {"Date", "Sa", false},
    {"Date", "Sat, 1", false},

    /* tokens */
    {"Supported", "", true},
    {"Supported", "100rel , timer,replaces", true},
    {"Supported", "100rel,", false},
    {"Supported", "100rel timer", false},
    {"Require", "", false},
    {"Require", "a%`", true},
    {"Proxy-Require", "", false},
    {"Proxy-Require", "a", true},
    {"Unsupported", "a", true},
    {"Allow-Events", "", true},
    {"Allow-Events", "dialog, message-summary", true},
    {"Allow", "", true},
    {"Allow", "INVITE, ACK, X, MESSAGE, PUBLISH, OPTIONS, BYE, CANCEL", true},
    {"Allow",
     "INVITE , ACK,PRACK,REFER,NOTIFY,SUBSCRIBE,REGISTER,UPDATE,"
     "INFO",
     true},
    {"Allow",
     "INVITE,  ACK, invite, AKK, BYF, INFP, PRACL, REFES, INVITF, "
     "CANCEM, NOTIFZ, UPDATF, OPTIONT, PUBLISI, MESSAGF, REGISTES, "
     "SUBSCRIBF",
     true},
    {"Allow", "INVITE,", false},
    {"Allow", "INVITE, , ACK", false},
    {"Allow", "INVITE ACK", false},
    {"Content-Encoding", "gzip, x", true},
    {"Content-Encoding", "", false},
    {"Content-Type", "application/sdp", true},
    {"Content-Type", "a / b ; c = d ; e = \"f\"", true},
    {"Content-Type", "multipart/mixed;boundary=\"a b\"", true},
    {"Content-Type", "application", false},
    {"Content-Type", "application/", false},
    {"Content-Type", "/sdp", false},
    {"Content-Type", "a/b;c", false},
    {"Content-Type", "a/b;c=", false},
    {"Content-Type", "a/b, c/d", false},
    {"Content-Disposition", "session;handling=required", true},
    {"Content-Disposition", "session;", false},
    {"Content-Disposition", "", false},
    {"Content-Language", "en, de-CH-1996", true},
    {"Content-Language", "toolonglanguage", false},
    {"Content-Language", "en-", false},
    {"Content-Language", "en-toolongxx", false},
    {"Content-Language", "1", false},
    {"Content-Language", "en,", false},
    {"Accept", "", true},
    {"Accept", "*/*;q=0.1, application/sdp;x", true},
    {"Accept", "application", false},
    {"Accept-Encoding", "", true},
    {"Accept-Encoding", "gzip;q=1, *", true},
    {"Accept-Encoding", "gzip;", false},
    {"Accept-Language", "", true},
    {"Accept-Language", "*;q=0.1, en", true},
    {"Accept-Language", "1", false},
    {"Accept-Language", "en;", false},
    {"Priority", "urgent", true},
    {"Priority", "", false},
    {"Priority", "not urgent", false},
    {"SIP-ETag", "a1", true},
    {"SIP-If-Match", ":", false},
    {"Event", "dialog;id=1", true},
    {"Event", "dialog ; id", true},
    {"Event", ";id=1", false},
    {"Event", "dialog;", false},
    {"Subscription-State", "active;expires=60", true},
    {"Subscription-State", "active;expires=\"", false},
    {"Reason", "SIP;cause=200;text=\"a, b\", Q.850;cause=16", true},
    {"Reason", "SIP;cause=", false},
    {"Reason", "SIP,", false},

    /* texts */
    {"Call-ID", "a@b", true},
    {"Call-ID", "a()<>:\\\"/[]?{}`%@192.0.2.1:5061", true},
    {"Call-ID", LONG60 "@" LONG60, true},
    {"Call-ID", "a@", false},
    {"Call-ID", "@b", false},
    {"Call-ID", "a@b@c", false},
    {"Call-ID", "a b", false},
    {"Call-ID", "", false},
    {"In-Reply-To", "a@b, c", true},
    {"In-Reply-To", "a@b,", false},
    {"User-Agent", "A/1.0 (x; (y) \\) \xc3\xa9) B/2/3 c", true},
    {"User-Agent", "(x)", true},
    {"User-Agent", "A(x)", true},
    {"User-Agent", "/1.0", false},
    {"User-Agent", "A/1.0 (x", false},
    {"User-Agent", "A/1.0 \xc3\xa9", false},
    {"User-Agent", "A/1.0 (\\\x80)", false},
    {"User-Agent", "", false},
    {"Server", "A@1", false},
    {"Server", "A", true},
    {"Warning", "399 a.test \"b \\\"c\\\"\"", true},
    {"Warning", "399 [::1]:5061 \"\", 300 b:1 \"x\", 300 _ \"x\"", true},
    {"Warning", "39 a \"b\"", false},
    {"Warning", "399 a b", false},
    {"Warning", "399 a:x \"b\"", false},
    {"Warning", "399 a:1x \"b\"", false},
    {"Warning", "399  a \"b\"", false},
    {"Warning", "399 a  \"b\"", false},
    {"Warning", "399 \"b\"", false},
    {"Warning", "399", false},
    {"Warning", "399 a", false},
    {"Warning", "399 a \"b", false},
    {"Warning", "399 a \"\\\x01\"", false},
    {"Subject",
     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xf8\x88\x80\x80\x80 "
     "\xfc\x84\x80\x80\x80\x80",
     true},
    {"Subject", "\xc3", false},
    {"Subject", "\x80", false},
    {"Subject", "\xfe\x80\x80\x80\x80\x80\x80", false},
    {"X-Unknown", "anything \xc3\xa9 : at = all \x80", true},
    {"X-Unknown", "\xc3", false},

    /* RFC 7616 3.3, RFC 8760 2 */
    {"WWW-Authenticate", "Digest realm=\"a\", nonce=\"b\"", true},
    {"WWW-Authenticate",
     "digest REALM=\"a\",nonce=\"b\",qop=\"auth,auth-int,"
     "x\",algorithm=SHA-256,stale=TRUE,opaque=\"\","
     "domain=\"sip:b\"",
     true},
    {"WWW-Authenticate",
     "Digest realm=\"a \\\"q\\\"\", nonce=\"b\", "
     "algorithm=SHA-512-256-sess, stale=no, x=\"y\", "
     "abcde=1, abcdef=1, abcdefghi=1, abc=1",
     true},
    {"WWW-Authenticate", "Digest realm=a, nonce=b, qop=auth, algorithm=X",
     true},
    {"WWW-Authenticate", "Basic realm=\"a\"", true},
    {"WWW-Authenticate", "Bearer abc+/==", true},
    {"WWW-Authenticate", "Digest\trealm=\"a\"", true},
    {"WWW-Authenticate", "Digest realm=\"a\", realm=\"b\"", false},
    {"WWW-Authenticate", "Digest nonce=\"a\", nonce=\"b\"", false},
    {"WWW-Authenticate", "Digest opaque=\"a\", opaque=\"b\"", false},
    {"WWW-Authenticate", "Digest domain=\"a\", domain=\"b\"", false},
    {"WWW-Authenticate", "Digest algorithm=MD5, algorithm=MD5", false},
    {"WWW-Authenticate", "Digest qop=\"auth\", qop=\"auth\"", false},
    {"WWW-Authenticate", "Digest qop=\"\"", false},
    {"WWW-Authenticate", "Digest qop=\"auth,\"", false},
    {"WWW-Authenticate", "Digest qop=\"auth x\"", false},
    {"WWW-Authenticate", "Digest realm", false},
    {"WWW-Authenticate", "Digest realm=", false},
    {"WWW-Authenticate", "Digest realm=\"a", false},
    {"WWW-Authenticate", "Digest realm=\"a\",", false},
    {"WWW-Authenticate", "Digest realm=\"a\\\x01\"", false},
    {"WWW-Authenticate", "Digest", false},
    {"WWW-Authenticate", "Digest=1", false},
    {"WWW-Authenticate", "Basic realm", true},
    {"WWW-Authenticate", "", false},
    {"Proxy-Authenticate", "Digest realm=\"a\", nonce=\"b\"", true},
    {"Authorization",
     "Digest username=\"a\", realm=\"b\", nonce=\"c\", "
     "uri=\"sip:d\", response=\"e\", algorithm=MD5, "
     "cnonce=\"f\", opaque=\"g\", qop=auth, nc=00000001, "
     "x=y",
     true},
    {"Authorization", "Digest username=\"a\", username=\"a\"", false},
    {"Authorization", "Digest username", false},
    {"Authorization", "Other a=b, c=\"d\"", true},
    {"Authorization", "Other a=b,", false},
    {"Proxy-Authorization", "Digest nc=1, nc=1", false},
    {"Authentication-Info",
     "nextnonce=\"a\", rspauth=\"b\", cnonce=\"c\", "
     "qop=auth, nc=00000001, x=y",
     true},
    {"Authentication-Info", "nextnonce=\"a\", nextnonce=\"a\"", false},
    {"Authentication-Info", "nextnonce", false},
    {"Proxy-Authentication-Info", "nextnonce=a", true},
};
/* clang-format on */

/* The header fields that each message has, unless the row is one of them. */
static const struct row base[] = {
    {"Via", "SIP/2.0/TLS z.test;branch=z9hG4bK0", true},
    {"From", "<sip:z@z.test>;tag=z", true},
    {"To", "<sip:y@z.test>", true},
    {"Call-ID", "z", true},
    {"CSeq", "1 OPTIONS", true},
};

/* The message with the row's line, whose value stands behind before. */
static struct slice message(char page[PAGE], const struct row *row,
                            const char *before)
{
    struct out o = out_of(page, PAGE);

    out_lit(&o, "OPTIONS sip:y@z.test SIP/2.0\r\n");
    out_put(&o, slice_cstr(row->name));
    out_put(&o, slice_cstr(before));
    out_put(&o, slice_cstr(row->value));
    out_lit(&o, "\r\n");
    for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++) {
        if (strcmp(base[i].name, row->name) == 0)
            continue;
        out_put(&o, slice_cstr(base[i].name));
        out_lit(&o, ": ");
        out_put(&o, slice_cstr(base[i].value));
        out_lit(&o, "\r\n");
    }
    out_lit(&o, "\r\n");
    assert_int_equal(o.err, 0);
    return out_slice(&o);
}

/* What the message is read as, if it is valid. */
static struct slice reading(char page[PAGE], const struct sip_msg *msg)
{
    struct out o = out_of(page, PAGE);

    reading_of(&o, msg);
    assert_int_equal(o.err, 0);
    return out_slice(&o);
}

static void check_row(const struct row *row)
{
    static const char *const before[BOTH] = {": ", ":\r\n "};
    static char page[BOTH][PAGE];
    static char got[BOTH][PAGE];
    struct slice read[BOTH] = {{0}};
    int ret[BOTH];

    for (int i = 0; i < BOTH; i++) {
        struct kit k;

        kit_parse_slice(&k, message(page[i], row, before[i]));
        ret[i] = k.ret;
        if (!k.ret)
            read[i] = reading(got[i], &k.msg);
        kit_free_all(&k);
    }
    if ((ret[0] == 0) != row->ok || (ret[1] == 0) != row->ok ||
        !slice_eq(read[0], read[1]))
        fail_msg("%s: %s: %d in a line, %d folded", row->name, row->value,
                 ret[0], ret[1]);
}

static void test_each_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].value[0])
            check_row(&rows[i]);
}

/* The writer's check says the same of a value alone, in its own memory. */
static void test_each_value_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = strlen(rows[i].value);
        char *exact = malloc(n ? n : 1);
        int ret;

        assert_non_null(exact);
        memcpy(exact, rows[i].value, n);
        ret = sip_read_check(sip_hdr_find(slice_cstr(rows[i].name)),
                             slice_of(exact, n));
        free(exact);
        /* That CSeq names the request's method is not the value's matter. */
        if ((ret == 0) != rows[i].ok && strcmp(rows[i].value, "1 INVITE") != 0)
            fail_msg("%s: %s", rows[i].name, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_value),
        cmocka_unit_test(test_each_value_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
