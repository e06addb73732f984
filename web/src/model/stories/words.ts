/** Parts of sentences about a story. */

import type { NodeId } from "oarlock/core"
import type { StoryCondition } from "oarlock/simulator/internal"

type MessageSelector = Extract<StoryCondition, { kind: "onItsWay" }>["selector"]

/** `S1, S2 and S3`. */
export function serverNames(ids: readonly NodeId[]): string {
  return listed(
    ids.map((id) => `S${id}`),
    "and",
  )
}

export function listed(words: readonly string[], last: "and" | "or"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)!}`
}

const kindNames = {
  preVote: "pre-vote request",
  preVoteReply: "pre-vote reply",
  requestVote: "vote request",
  requestVoteReply: "vote reply",
  appendEntries: "append",
  appendEntriesReply: "append reply",
  installSnapshot: "snapshot chunk",
  installSnapshotReply: "snapshot reply",
  timeoutNow: '"campaign now"',
  readIndex: "read request",
  readIndexReply: "read reply",
  forwardProposals: "forwarded request",
  forwardProposalsReply: "reply to a forwarded request",
} as const satisfies Record<NonNullable<MessageSelector["kind"]>, string>

/** `an append with entries from S1 to S2`. */
export function messageWords(selector: MessageSelector, article: "a" | "no" | "the" | "every"): string {
  const { kind, from, to, term, granted, hasEntries } = selector
  const name = kind === null ? "message" : kindNames[kind]
  const before = granted === null ? "" : granted ? "granted " : "refused "
  const first = `${before}${name}`
  return [
    article === "a" && /^[aeiou]/.test(first) ? "an" : article,
    first,
    hasEntries === null ? "" : hasEntries ? "with entries" : "without entries",
    from === null ? "" : `from S${from}`,
    to === null ? "" : `to S${to}`,
    term === null ? "" : `of term ${term}`,
  ]
    .filter((part) => part !== "")
    .join(" ")
}

/** With a capital letter and a full stop. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
