/** The client protocol as bytes, for both its sides. `docs/native-protocol.md` describes it for other languages. */

export { ByteReader, ByteWriter, MalformedBytes, readU16, readU32 } from "./bytes.ts"
export { beginFrame, endFrame, explainBadLength, FrameCutter, type FrameView, writeRequestFrame } from "./frame.ts"
export { membershipChangesMax } from "./membership.ts"
export {
  type DiskState,
  type LeaderState,
  type MemberStanding,
  type MemberStatus,
  type NodeRole,
  type NodeStatus,
  readLeaderState,
  readNodeStatus,
  writeLeaderState,
  writeNodeStatus,
} from "./node-status.ts"
export * from "./protocol.ts"
export { decodeRequest, encodeRequest, type ReadConsistency, type Request, type RequestId, type SessionToken } from "./request.ts"
export {
  decodeResponse,
  type IndexedResult,
  readIndexed,
  readSessionOpened,
  readWelcome,
  type Rejection,
  type Response,
  type SessionOpened,
  type StoreRefusal,
  type Welcome,
  writeResponseFrame,
  writeSessionOpened,
  writeStoreFrame,
  writeWelcome,
} from "./response.ts"
export type { LogIndex, Member, MembershipChange, NodeId } from "../../core/index.ts"
