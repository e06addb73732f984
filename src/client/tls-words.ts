/** Explains errors of TLS in plain words, with what to do: OpenSSL's messages are hard to understand. */

/** Why a TLS connection failed, and what to do; null if `error` is no failure of TLS. */
export function explainTlsError(error: NodeJS.ErrnoException): string | null {
  const { code = "", message } = error
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "its certificate has expired"
    case "CERT_NOT_YET_VALID":
      return "its certificate is not valid yet: is one of the clocks wrong?"
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return "its certificate is signed by an authority that is not trusted here: give the authority's certificate (--cacert, or `ca`)"
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `its certificate is for other addresses (${message})`
  }
  if (!code.startsWith("ERR_SSL") && code !== "EPROTO") return null
  const reason = reasonIn(message)
  if (/certificate required/.test(reason))
    return "it wants a client certificate: give one with its key (--cert and --key, or `cert` and `key`)"
  if (/wrong version number|handshake failure/.test(reason))
    return "no TLS is spoken there (http://, not https://), or none that both sides know"
  return `the TLS handshake failed (${reason})`
}

/** `…:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../deps/…` holds its reason in the middle. */
function reasonIn(message: string): string {
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message
}
