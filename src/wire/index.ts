/** Messages and log records as bytes, and back: peer frames, log records, configurations, the handshake, checksums. */

export { ByteReader, ByteWriter, WireError } from "./bytes.ts"
export { crc32, installCrc32, tableCrc32 } from "./checksum.ts"
export type { Crc32 } from "./checksum.ts"
export { decodeConfiguration, encodeConfiguration, readConfiguration, writeConfiguration } from "./configuration.ts"
export { appendFrameBytes, configurationBytes, forwardedOverheadBytes, forwardFrameBytes, snapshotFrameBytes } from "./frame-size.ts"
export { FrameSplitter, frameBytesMaxDefault } from "./frame.ts"
export {
  answerHello,
  decodeHello,
  decodeHelloAnswer,
  encodeHello,
  encodeHelloAnswer,
  handshakeBytesMax,
  handshakeLength,
  handshakePrefixBytes,
} from "./handshake.ts"
export type { ConnectionPurpose, Hello, HelloAnswer, HelloContext, Introduction, Refusal, RefusalCode } from "./handshake.ts"
export { decodeMessage, encodeMessage, frameHeaderBytes, wireVersion, wireVersionMin, writeMessage } from "./message.ts"
export type { DecodedMessage } from "./message.ts"
export {
  batchRecordBytes,
  decodeRecord,
  encodeEntries,
  encodeEntry,
  encodeRecord,
  isRecordIntact,
  parseRecord,
  recordBytesOf,
  recordHeaderBytes,
  recordOverheadBytes,
  recordPieces,
  recordLength,
} from "./record.ts"
export type { LogRecord } from "./record.ts"
export type { OwnStanding, PeerStanding } from "./standing.ts"
