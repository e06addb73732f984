/** What tells two entries or commands apart: a hash over all that they say, without what is only a cache. */

import { hashNumbers, type Configuration, type Entry } from "../../core/index.ts"

/** A hash of an entry's content: kind, data, configuration. Not of its index and term. */
export function fingerprintEntry(entry: Entry): number {
  const kind = entry.kind === "noop" ? 0 : entry.kind === "command" ? 1 : 2
  const configuration = entry.configuration === null ? 0 : fingerprintConfiguration(entry.configuration)
  return (Math.imul(fingerprintBytes(entry.data) ^ configuration, 3) + kind) | 0
}

/**
 * Four bytes at a time, multiplied and folded: every command is looked at by several checkers on every server. Signed, because a small integer is kept
 * where it is needed, and a larger number in a place of its own.
 */
export function fingerprintBytes(bytes: Uint8Array): number {
  const fours = bytes.length & ~3
  let hash = bytes.length
  let at = 0
  for (; at < fours; at += 4) {
    hash = Math.imul(hash ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)), 0x85ebca6b)
    hash ^= hash >>> 15
  }
  for (; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash
}

/** A hash of who belongs and who votes, and of the configuration's own index. */
export function fingerprintConfiguration(configuration: Configuration): number {
  let fingerprint = known.get(configuration)
  if (fingerprint === undefined) {
    fingerprint = compute(configuration)
    known.set(configuration, fingerprint)
  }
  return fingerprint
}

/** Configurations never change, and each snapshot that is sent asks anew. */
const known = new WeakMap<Configuration, number>()

function compute(configuration: Configuration): number {
  const { index, voters, votersOutgoing, learners, promoting, learnersNext, members, highestId } = configuration
  const lists = [voters, votersOutgoing, learners, promoting, learnersNext, members.map((member) => member.id)]
  return hashNumbers(index, highestId, ...lists.flatMap((list) => [list.length, ...list]))
}
