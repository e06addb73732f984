/**
 * Long histories that are linearizable because they were made that way: clients ask, each operation takes effect at a moment of its own, and the answer
 * comes later. The same options make the same history.
 */

import type { Operation, Value } from "../../src/simulator/linearizability/index.ts"

export interface HistoryOptions {
  readonly operations: number
  readonly clients: number
  readonly keys: number
  readonly readShare: number
  readonly unknownShare: number
  readonly seed: number
}

export function makeHistory({ operations, clients, keys, readShare, unknownShare, seed }: HistoryOptions): Operation[] {
  const roll = dice(seed)
  /** When each client asks next. */
  const free = Array.from({ length: clients }, () => roll() * 10)
  const drafts = Array.from({ length: operations }, (_, position) => {
    const client = free.indexOf(Math.min(...free))
    const from = free[client]!
    const effectAt = from + roll() * 5
    const until = effectAt + roll() * 5
    const isUnknown = roll() < unknownShare
    free[client] = until + roll() * 2
    const kind = roll() < readShare ? ("get" as const) : roll() < 0.3 ? ("cas" as const) : ("put" as const)
    return {
      id: position + 1,
      client: client + 1,
      key: Math.floor(roll() * keys),
      from,
      until,
      effectAt,
      isUnknown,
      kind,
      takesEffect: !isUnknown || roll() < 0.5,
    }
  })
  const values = new Map<number, Value>()
  const made = drafts
    .toSorted((one, other) => one.effectAt - other.effectAt)
    .map(({ id, client, key, from, until, isUnknown, kind, takesEffect }): Operation => {
      const found = values.get(key) ?? null
      const common = {
        id,
        client,
        key,
        from,
        promise: "linearizable" as const,
        ...(isUnknown ? lost : { until, end: "answered" as const }),
      }
      if (kind === "get") return { ...common, call: { kind }, result: isUnknown ? null : { kind, value: found } }
      if (kind === "put") {
        if (takesEffect) values.set(key, id)
        return { ...common, call: { kind, value: id }, result: isUnknown ? null : { kind } }
      }
      const expected = roll() < 0.7 ? found : -1
      const done = expected === found
      if (done && takesEffect) values.set(key, id)
      return { ...common, call: { kind, expected, value: id }, result: isUnknown ? null : { kind, done } }
    })
  return made.toSorted((one, other) => one.from - other.from)
}

const lost = { until: Infinity, end: "unknown" } as const

/** The same history with a stale read: one that begins `where` (0 to 1) through it answers with what a write long before left behind. */
export function spoil(history: readonly Operation[], where: number): Operation[] {
  const position = history.findIndex(({ call, end }, at) => at >= where * history.length && call.kind === "get" && end === "answered")
  const reader = history[position]!
  const old = history.findLast(({ call, end, until }) => call.kind === "put" && end === "answered" && until < reader.from - 100)!
  return history.with(position, { ...reader, result: { kind: "get", value: old.id } })
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
