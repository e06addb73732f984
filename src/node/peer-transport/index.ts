/** Messages between servers over TCP or TLS. */

export { PeerTransport } from "./peer-transport.ts"
export type { LinkDirection, PeerFigures } from "./peer-transport.ts"
export type { Handshake } from "./transport-context.ts"
export { loadPeerTls } from "./tls.ts"
export type { PeerTls, PeerTlsOptions } from "./tls.ts"
export { defaultTransportLimits, explainBadTransportLimits } from "./transport-limits.ts"
export type { TransportLimits } from "./transport-limits.ts"
