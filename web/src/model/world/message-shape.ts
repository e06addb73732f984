/** How a message looks: a letter for its kind, filled for a request, outlined for a reply, and a word that tells a yes from a no. */

import type { Message } from "oarlock/core"

export interface MessageShape {
  readonly glyph: string
  readonly isReply: boolean
  /** Null for what is neither a yes nor a no. */
  readonly isGranted: boolean | null
  readonly name: string
}

/** One object for each look: a run has messages by the hundred thousand. */
const shapes = {
  preVote: { glyph: "P", isReply: false, isGranted: null, name: "pre-vote request" },
  wouldVote: { glyph: "✓", isReply: true, isGranted: true, name: "pre-vote reply" },
  wouldNotVote: { glyph: "✕", isReply: true, isGranted: false, name: "pre-vote reply" },
  requestVote: { glyph: "V", isReply: false, isGranted: null, name: "vote request" },
  vote: { glyph: "✓", isReply: true, isGranted: true, name: "vote reply" },
  noVote: { glyph: "✕", isReply: true, isGranted: false, name: "vote reply" },
  append: { glyph: "A", isReply: false, isGranted: null, name: "append" },
  heartbeat: { glyph: "♥", isReply: false, isGranted: null, name: "heartbeat" },
  match: { glyph: "✓", isReply: true, isGranted: true, name: "append reply" },
  noMatch: { glyph: "✕", isReply: true, isGranted: false, name: "append reply" },
  installSnapshot: { glyph: "S", isReply: false, isGranted: null, name: "snapshot chunk" },
  installSnapshotReply: { glyph: "s", isReply: true, isGranted: null, name: "snapshot reply" },
  timeoutNow: { glyph: "T", isReply: false, isGranted: null, name: "campaign now" },
  readIndex: { glyph: "R", isReply: false, isGranted: null, name: "read request" },
  readIndexGiven: { glyph: "r", isReply: true, isGranted: true, name: "read reply" },
  readIndexRefused: { glyph: "r", isReply: true, isGranted: false, name: "read reply" },
  forwardProposals: { glyph: "F", isReply: false, isGranted: null, name: "forwarded request" },
  forwardProposalsReply: { glyph: "✕", isReply: true, isGranted: false, name: "forward reply" },
} as const satisfies Readonly<Record<string, MessageShape>>

export function shapeOf(message: Message): MessageShape {
  switch (message.kind) {
    case "preVoteReply":
      return message.granted ? shapes.wouldVote : shapes.wouldNotVote
    case "requestVoteReply":
      return message.granted ? shapes.vote : shapes.noVote
    case "appendEntries":
      return message.entries.length > 0 ? shapes.append : shapes.heartbeat
    case "appendEntriesReply":
      return message.success ? shapes.match : shapes.noMatch
    case "readIndexReply":
      return message.readIndex === null ? shapes.readIndexRefused : shapes.readIndexGiven
    default:
      return shapes[message.kind]
  }
}
