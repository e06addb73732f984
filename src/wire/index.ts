/** Messages and log records as bytes, and back: peer frames, log records, configurations, the handshake, checksums. */

export { ByteReader } from "./bytes/byte-reader.ts"
export { ByteWriter } from "./bytes/byte-writer.ts"
export { WireError } from "./bytes/wire-error.ts"
export { crc32, installCrc32, tableCrc32 } from "./bytes/checksum.ts"
export type { Crc32 } from "./bytes/checksum.ts"
export { decodeConfiguration, encodeConfiguration, readConfiguration, writeConfiguration } from "./log/configuration.ts"
export { appendFrameBytes, configurationBytes, forwardedOverheadBytes, forwardFrameBytes, snapshotFrameBytes } from "./peer/frame-size.ts"
export { FrameSplitter, frameBytesMaxDefault } from "./peer/frame.ts"
export {
  answerHello,
  decodeHello,
  decodeHelloAnswer,
  encodeHello,
  encodeHelloAnswer,
  handshakeBytesMax,
  handshakeLength,
  handshakePrefixBytes,
} from "./peer/handshake.ts"
export type { ConnectionPurpose, Hello, HelloAnswer, HelloContext, Introduction, PeerRefusal, RefusalCode } from "./peer/handshake.ts"
export { decodeMessage, encodeMessage, frameHeaderBytes, wireVersion, wireVersionMin, writeMessage } from "./peer/message.ts"
export type { DecodedMessage } from "./peer/message.ts"
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
  roomAround,
} from "./log/record.ts"
export type { LogRecord } from "./log/record.ts"
export { livesRememberedMax, type OwnStanding, type PeerStanding } from "./log/standing.ts"
