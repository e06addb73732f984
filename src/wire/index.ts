/** Messages and log records as bytes, and back: peer frames, log records, configurations, the handshake, checksums. */

export { crc32, installCrc32, tableCrc32 } from "./checksum.ts"
export type { Crc32 } from "./checksum.ts"
