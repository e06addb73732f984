/** How a message looks: a letter for its kind, filled for a request, outlined for a reply, and a word that tells a yes from a no. */

import type { Message } from "oarlock/core"

export interface MessageShape {
  readonly glyph: string
  readonly isReply: boolean
  /** Null for what is neither a yes nor a no. */
  readonly isGranted: boolean | null
  readonly name: string
}

export function shapeOf(message: Message): MessageShape {
  switch (message.kind) {
    case "preVote":
      return { glyph: "P", isReply: false, isGranted: null, name: "pre-vote request" }
    case "preVoteReply":
      return { glyph: message.granted ? "✓" : "✕", isReply: true, isGranted: message.granted, name: "pre-vote reply" }
    case "requestVote":
      return { glyph: "V", isReply: false, isGranted: null, name: "vote request" }
    case "requestVoteReply":
      return { glyph: message.granted ? "✓" : "✕", isReply: true, isGranted: message.granted, name: "vote reply" }
    case "appendEntries":
      return message.entries.length > 0
        ? { glyph: "A", isReply: false, isGranted: null, name: "append" }
        : { glyph: "♥", isReply: false, isGranted: null, name: "heartbeat" }
    case "appendEntriesReply":
      return { glyph: message.success ? "✓" : "✕", isReply: true, isGranted: message.success, name: "append reply" }
    case "installSnapshot":
      return { glyph: "S", isReply: false, isGranted: null, name: "snapshot chunk" }
    case "installSnapshotReply":
      return { glyph: "s", isReply: true, isGranted: null, name: "snapshot reply" }
    case "timeoutNow":
      return { glyph: "T", isReply: false, isGranted: null, name: "campaign now" }
    case "readIndex":
      return { glyph: "R", isReply: false, isGranted: null, name: "read request" }
    case "readIndexReply":
      return { glyph: "r", isReply: true, isGranted: message.readIndex !== null, name: "read reply" }
    case "forwardProposals":
      return { glyph: "F", isReply: false, isGranted: null, name: "forwarded request" }
    case "forwardProposalsReply":
      return { glyph: "✕", isReply: true, isGranted: false, name: "forward reply" }
    default:
      return message satisfies never
  }
}
