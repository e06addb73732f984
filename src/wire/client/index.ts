/** The client protocol as bytes, for both its sides. `docs/native-protocol.md` describes it for other languages. */

export { ByteReader } from "../bytes/byte-reader.ts"
export { ByteWriter } from "../bytes/byte-writer.ts"
export { u16At, u32At } from "../bytes/integers.ts"
export { WireError } from "../bytes/wire-error.ts"
export { beginFrame, endFrame, FrameCutter, type FrameView, writeRequestFrame } from "./frame.ts"
export {
  type DiskState,
  type LeaderState,
  type MemberStanding,
  type MemberStatus,
  type NodeRole,
  type ServerStatus,
  readLeaderState,
  readServerStatus,
  writeLeaderState,
  writeServerStatus,
} from "./server-status.ts"
export * from "./protocol.ts"
export { decodeRequest, encodeRequest, type ReadConsistency, type Request, type SessionToken } from "./request.ts"
export {
  decodeResponse,
  readIndexed,
  readSessionOpened,
  readWelcome,
  type Response,
  type SessionOpened,
  type Welcome,
  writeResponseFrame,
  writeSessionOpened,
  writeStoreFrame,
  writeWelcome,
} from "./response.ts"
export type { LogIndex, Member, MembershipChange, NodeId } from "../../core/index.ts"
