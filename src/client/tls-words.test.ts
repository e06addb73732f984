import { expect, test } from "vitest"
import { explainTlsError } from "./tls-words.ts"

const error = (code: string, message = code): NodeJS.ErrnoException => Object.assign(new Error(message), { code })
const openSsl = (reason: string): string =>
  `write EPROTO 00A8:error:0A000410:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/ssl/x.c:1590:SSL alert 40`

test.each([
  [error("CERT_HAS_EXPIRED"), "its certificate has expired"],
  [error("SELF_SIGNED_CERT_IN_CHAIN"), "--cacert"],
  [error("ERR_TLS_CERT_ALTNAME_INVALID", "IP: 10.0.0.1 is not in the cert's list"), "other addresses (IP: 10.0.0.1"],
  [error("EPROTO", openSsl("sslv3 alert handshake failure")), "no TLS is spoken there"],
  [error("ERR_SSL_WRONG_VERSION_NUMBER", openSsl("wrong version number")), "no TLS is spoken there"],
  [error("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", openSsl("tlsv13 alert certificate required")), "it wants a client certificate"],
  [error("EPROTO", openSsl("bad signature")), "the TLS handshake failed (bad signature)"],
])("%s", (failure, words) => expect(explainTlsError(failure)).toContain(words))

test("what is no failure of TLS is somebody else's to explain", () => expect(explainTlsError(error("ECONNREFUSED"))).toBeNull())
