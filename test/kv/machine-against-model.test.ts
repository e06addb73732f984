import fc from "fast-check"
import { expect, test } from "vitest"
import { KeyValueMachine } from "../../src/kv/index.ts"
import {
  decodeKvResponse,
  encodeKvCommand,
  encodeKvResponse,
  type KvAnswer,
  type KvCommand,
  type KvQuery,
  type KvResult,
  rangeRequest,
} from "../../src/wire/kv/index.ts"
import { bytes, command, query, range, stories } from "./arbitraries.ts"
import { NaiveStore } from "./naive-store.ts"

/** The real machine and the model it has to agree with. */
interface Pair {
  readonly machine: KeyValueMachine
  readonly model: NaiveStore
}

const context = { index: 1, timeMs: 0 }
const everything = rangeRequest(bytes("\u0000"), bytes("\u0000"))

type Step =
  | { readonly kind: "command"; readonly command: KvCommand }
  | { readonly kind: "query"; readonly query: KvQuery }
  | { readonly kind: "clone" | "restore" | "rewind" }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("command" as const), command: command(stories) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("query" as const), query: query(stories) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("clone" as const, "restore" as const, "rewind" as const) }) },
)

function apply(machine: KeyValueMachine, command: KvCommand): KvResult {
  const encoded = encodeKvCommand(command)
  const result = machine.apply(encoded, context)
  // The buffer is the caller's again.
  encoded.fill(0xee)
  return decodeKvResponse(command.kind, result)
}

/** Through the bytes, so that what comes out is plain data. */
function ask(machine: KeyValueMachine, query: KvQuery): KvAnswer {
  return decodeKvResponse(query.kind, encodeKvResponse(machine.query(query)))
}

function restored(machine: KeyValueMachine): KeyValueMachine {
  const copy = new KeyValueMachine()
  apply(copy, { kind: "put", key: bytes("old"), value: bytes("state"), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false })
  const sink = copy.restore()
  const chunks = machine.snapshot()
  for (let next = chunks.next(); next.done !== true; next = chunks.next()) sink.write(next.value)
  sink.finish()
  return copy
}

function agreeOnThePast({ machine, model }: Pair): void {
  for (let revision = -1; revision <= model.revision + 1; revision++) {
    const request = { ...everything, revision }
    expect(ask(machine, request)).toEqual(model.query(request))
  }
}

/** What watchers see must lead from each revision to the next. */
function agreeOnTheChanges({ machine, model }: Pair): void {
  const first = Math.max(model.compactRevision, 1)
  const revisions = machine.changesFrom(first)
  if ("kind" in revisions) throw new Error(revisions.message)
  expect(revisions.map((each) => each.revision).filter((revision) => revision > first)).toEqual(
    Array.from({ length: model.revision - first }, (_, i) => first + 1 + i),
  )
  for (const { revision, changes } of revisions) {
    const state = new Map(model.states[revision - 1])
    for (const change of changes) {
      const text = Array.from(change.key, (byte) => byte.toString(16).padStart(2, "0")).join("")
      const { key, value, createRevision, modRevision, version, lease } = change
      const previous = machine.before(change)
      if (revision > first) expect(previous === null ? undefined : plain(previous)).toEqual(state.get(text))
      if (version === 0) state.delete(text)
      else state.set(text, { key, value, createRevision, modRevision, version, lease })
    }
    expect(state).toEqual(model.states[revision])
  }
  if (model.compactRevision > 1)
    expect(machine.changesFrom(model.compactRevision - 1)).toMatchObject({ kind: "refused", reason: "compacted" })
}

function plainChanges(machine: KeyValueMachine, model: NaiveStore): unknown {
  const revisions = machine.changesFrom(model.compactRevision)
  if ("kind" in revisions) throw new Error(revisions.message)
  return revisions.map(({ revision, changes }) => ({ revision, changes: changes.map((change) => ({ sub: change.sub, ...plain(change) })) }))
}

function plain({ key, value, createRevision, modRevision, version, lease }: ReturnType<KeyValueMachine["before"]> & object): object {
  return { key, value, createRevision, modRevision, version, lease }
}

test("any story gives the model's answers, at every revision, across compactions, clones and snapshots, and equal hashes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (story) => {
      let main: Pair = { machine: new KeyValueMachine(), model: new NaiveStore() }
      /** Replays the same commands, from snapshots of itself: what another server is. */
      let other = new KeyValueMachine()
      const left: Pair[] = []
      for (const each of story) {
        switch (each.kind) {
          case "command":
            expect(apply(main.machine, each.command)).toEqual(main.model.apply(each.command))
            apply(other, each.command)
            expect(other.hash()).toBe(main.machine.hash())
            break
          case "query":
            expect(ask(main.machine, each.query)).toEqual(
              readOnly(each.query) ? main.model.query(each.query) : expect.objectContaining({ kind: "refused" }),
            )
            break
          case "clone":
            left.push({ machine: main.machine.clone(), model: main.model.clone() })
            break
          case "restore":
            other = restored(other)
            expect(other.hash()).toBe(main.machine.hash())
            break
          case "rewind": {
            const earlier = left.pop()
            if (earlier === undefined) break
            left.unshift(main)
            main = earlier
            other = restored(main.machine)
            break
          }
        }
      }
      for (const pair of [main, ...left, { machine: other, model: main.model }]) {
        agreeOnThePast(pair)
        agreeOnTheChanges(pair)
        const again = restored(pair.machine)
        expect(again.hash()).toBe(pair.machine.hash())
        expect(plainChanges(again, pair.model)).toEqual(plainChanges(pair.machine, pair.model))
      }
    }),
    { numRuns: 150 },
  )
})

test("ranges of every shape agree with the model", () => {
  fc.assert(
    fc.property(
      fc.array(command(stories), { minLength: 10, maxLength: 40 }),
      fc.array(range(stories), { minLength: 20, maxLength: 20 }),
      (commands, ranges) => {
        const machine = new KeyValueMachine()
        const model = new NaiveStore()
        for (const each of commands) expect(apply(machine, each)).toEqual(model.apply(each))
        for (const each of ranges) expect(ask(machine, each)).toEqual(model.query(each))
      },
    ),
    { numRuns: 150 },
  )
})

function readOnly(query: KvQuery): boolean {
  return !JSON.stringify(query, (_key, value: unknown) => (typeof value === "bigint" ? "" : value)).match(/"kind":"(put|deleteRange)"/)
}
