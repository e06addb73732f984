import { beforeEach, describe, expect, test } from "vitest"
import {
  type Compare,
  decodeKvResponse,
  deleteRangeRequest,
  encodeKvCommand,
  encodeKvResponse,
  type KvCommand,
  type KvQuery,
  type KvResult,
  putRequest,
  type RangeRequest,
  rangeRequest,
  refuse,
  type RefusalReason,
  type RequestOp,
  type TxnRequest,
  type TxnResponse,
} from "../wire/kv/index.ts"
import { checkKvRequest } from "./index.ts"
import { KeyValueMachine } from "./key-value-machine.ts"

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))
const text = (of: Uint8Array): string => String.fromCharCode(...of)
const lowest = "\u0000"

let machine: KeyValueMachine

beforeEach(() => {
  machine = new KeyValueMachine()
})

function apply(command: KvCommand): KvResult {
  return decodeKvResponse(command.kind, machine.apply(encodeKvCommand(command), { index: 1, timeMs: 0 }))
}

const put = (key: string, value: string, options = {}): ReturnType<typeof putRequest> => putRequest(bytes(key), bytes(value), options)
const range = (key: string, end = "", options: Partial<RangeRequest> = {}): RangeRequest => rangeRequest(bytes(key), bytes(end), options)
const remove = (key: string, end = "", options = {}): ReturnType<typeof deleteRangeRequest> =>
  deleteRangeRequest(bytes(key), bytes(end), options)
const compact = (revision: number, physical = false): KvCommand => ({ kind: "compact", revision, physical })
const txn = (success: RequestOp[], compare: Compare[] = [], failure: RequestOp[] = []): TxnRequest => ({
  kind: "txn",
  compare,
  success,
  failure,
})

function ask(query: KvQuery): ReturnType<typeof machine.query> {
  return decodeKvResponse(query.kind, encodeKvResponse(machine.query(query)))
}

/** The keys that a range query answers with. */
function keys(query: RangeRequest): string[] {
  const answer = ask(query)
  if (answer.kind !== "range") throw new Error(answer.kind)
  return answer.kvs.map((kv) => text(kv.key))
}

function refusal(of: KvCommand | KvQuery): RefusalReason | null {
  const answer = of.kind === "get" || of.kind === "range" ? ask(of) : apply(of)
  return answer.kind === "refused" ? answer.reason : null
}

describe("revisions", () => {
  test("a fresh store is at revision 1", () => {
    expect(machine.revision).toBe(1)
    expect(ask(range("a"))).toEqual({ kind: "range", revision: 1, kvs: [], more: false, count: 0 })
  })

  test("each put raises it by one, and says so", () => {
    expect(apply(put("a", "1"))).toEqual({ kind: "put", revision: 2, prevKv: null })
    expect(apply(put("a", "1"))).toEqual({ kind: "put", revision: 3, prevKv: null })
  })

  test("a deletion that deletes nothing does not", () => {
    apply(put("a", "1"))
    expect(apply(remove("b"))).toEqual({ kind: "deleteRange", revision: 2, deleted: 0, prevKvs: [] })
    expect(apply(remove("z", "a"))).toMatchObject({ revision: 2, deleted: 0 })
    expect(apply(remove("a"))).toMatchObject({ revision: 3, deleted: 1 })
    expect(apply(remove("a"))).toMatchObject({ revision: 3, deleted: 0 })
  })

  test("nor does a transaction that only reads, or a refused one", () => {
    apply(put("a", "1"))
    expect(apply(txn([range("a"), remove("b")]))).toMatchObject({ revision: 2, succeeded: true })
    expect(refusal(txn([put("a", "2"), put("a", "3")]))).toBe("duplicateKey")
    expect(refusal(txn([put("a", "2"), range("a", "", { revision: 9 })]))).toBe("futureRevision")
    expect(machine.revision).toBe(2)
    expect(ask({ kind: "get", key: bytes("a") })).toEqual({ kind: "get", value: bytes("1") })
  })

  test("all writes of a transaction share one", () => {
    apply(txn([put("a", "1"), put("b", "1"), remove("c")]))
    expect(machine.revision).toBe(2)
    const answer = ask(range("a", "z"))
    expect(answer).toMatchObject({ kvs: [{ modRevision: 2 }, { modRevision: 2 }] })
  })

  test("a key's versions count from its creation, which a deletion ends", () => {
    apply(put("a", "1"))
    apply(put("a", "2"))
    expect(ask(range("a"))).toMatchObject({ kvs: [{ createRevision: 2, modRevision: 3, version: 2 }] })
    apply(remove("a"))
    apply(put("a", "3"))
    expect(ask(range("a"))).toMatchObject({ kvs: [{ createRevision: 5, modRevision: 5, version: 1 }] })
  })
})

describe("range", () => {
  beforeEach(() => {
    for (const key of ["a", "b", "ba", "c", "\u00ff"]) apply(put(key, `of ${key}`))
  })

  test.each([
    ["one key", "b", "", ["b"]],
    ["no such key", "bb", "", []],
    ["up to an end", "a", "c", ["a", "b", "ba"]],
    ["from a key on", "b", lowest, ["b", "ba", "c", "\u00ff"]],
    ["everything", lowest, lowest, ["a", "b", "ba", "c", "\u00ff"]],
    ["an end below the start", "c", "a", []],
    ["an end at the start", "b", "b", []],
    ["a prefix", "b", "c", ["b", "ba"]],
  ])("%s", (_what, key, end, expected) => {
    expect(keys(range(key, end))).toEqual(expected)
    expect(ask(range(key, end, { countOnly: true }))).toEqual({ kind: "range", revision: 6, kvs: [], more: false, count: expected.length })
  })

  test("count ignores the limit and the filters; more is about the limit", () => {
    expect(ask(range("a", "z", { limit: 2, keysOnly: true }))).toMatchObject({ kvs: [{}, {}], more: true, count: 4 })
    expect(ask(range("a", "z", { limit: 4 }))).toMatchObject({ more: false, count: 4 })
    expect(ask(range("a", "z", { minModRevision: 3, maxModRevision: 4, limit: 2 }))).toMatchObject({ kvs: [{}, {}], more: false, count: 4 })
    expect(ask(range("a", "z", { minCreateRevision: 3, maxCreateRevision: 4, limit: 1 }))).toMatchObject({
      kvs: [{}],
      more: true,
      count: 4,
    })
  })

  test("a limit of 0 or less is none", () => {
    expect(keys(range("a", "z", { limit: 0 })).length).toBe(4)
    expect(keys(range("a", "z", { limit: -1 })).length).toBe(4)
  })

  test("filter and sort come before the limit", () => {
    expect(keys(range("a", "z", { sortOrder: "descend", limit: 2 }))).toEqual(["c", "ba"])
    expect(keys(range("a", "z", { sortOrder: "descend", limit: 2, maxModRevision: 3 }))).toEqual(["b", "a"])
    expect(keys(range("a", "z", { sortTarget: "mod", sortOrder: "descend", limit: 1 }))).toEqual(["c"])
  })

  test("a sort target without an order means ascending", () => {
    apply(put("a", "of zz"))
    expect(keys(range("a", "z", { sortTarget: "mod" }))).toEqual(["b", "ba", "c", "a"])
    expect(keys(range("a", "z", { sortTarget: "value" }))).toEqual(["b", "ba", "c", "a"])
    expect(keys(range("a", "z", { sortTarget: "version", limit: 1 }))).toEqual(["b"])
  })

  test("what is equal in the target stays in the order of the keys, either way", () => {
    expect(keys(range("a", "z", { sortTarget: "version", sortOrder: "ascend" }))).toEqual(["a", "b", "ba", "c"])
    expect(keys(range("a", "z", { sortTarget: "version", sortOrder: "descend" }))).toEqual(["a", "b", "ba", "c"])
  })

  test("keysOnly leaves the values out and nothing else", () => {
    expect(ask(range("b", "", { keysOnly: true }))).toMatchObject({
      kvs: [{ key: bytes("b"), value: bytes(""), modRevision: 3, version: 1 }],
    })
  })

  test("an empty key is refused, with an end or without", () => {
    expect(refusal(range("", ""))).toBe("emptyKey")
    expect(refusal(range("", "z"))).toBe("emptyKey")
    expect(refusal({ kind: "get", key: bytes("") })).toBe("emptyKey")
  })
})

describe("the past", () => {
  beforeEach(() => {
    apply(put("a", "1")) // 2
    apply(put("b", "1")) // 3
    apply(put("a", "2")) // 4
    apply(remove("b")) // 5
    apply(put("c", "1")) // 6
  })

  test.each([
    [1, ""],
    [2, "a=1"],
    [3, "a=1 b=1"],
    [4, "a=2 b=1"],
    [5, "a=2"],
    [6, "a=2 c=1"],
    [0, "a=2 c=1"],
    [-1, "a=2 c=1"],
  ])("at revision %i there is: %s; the header's revision is the present one", (revision, expected) => {
    const answer = ask(range("a", "z", { revision }))
    if (answer.kind !== "range") throw new Error(answer.kind)
    expect(answer.kvs.map((kv) => `${text(kv.key)}=${text(kv.value)}`).join(" ")).toBe(expected)
    expect(answer.revision).toBe(6)
    expect(answer.count).toBe(answer.kvs.length)
  })

  test("the future is refused in etcd's words", () => {
    expect(ask(range("a", "", { revision: 7 }))).toEqual(refuse("futureRevision", "mvcc: required revision is a future revision"))
  })

  test("what is compacted is refused in etcd's words; at the compacted revision itself reads go on", () => {
    expect(apply(compact(4))).toEqual({ kind: "compact", revision: 6 })
    expect(ask(range("a", "", { revision: 3 }))).toEqual(refuse("compacted", "mvcc: required revision has been compacted"))
    expect(ask(range("a", "z", { revision: 4 }))).toMatchObject({ count: 2, kvs: [{ value: bytes("2") }, { value: bytes("1") }] })
  })

  test("compacting at or below the compacted revision, or in the future, is an error", () => {
    expect(refusal(compact(4))).toBeNull()
    expect(refusal(compact(4))).toBe("compacted")
    expect(refusal(compact(3))).toBe("compacted")
    expect(refusal(compact(7))).toBe("futureRevision")
    expect(refusal(compact(6))).toBeNull()
  })

  test("a fresh store can be compacted at 0 once, as etcd's can", () => {
    machine = new KeyValueMachine()
    expect(refusal(compact(-1))).toBe("compacted")
    expect(refusal(compact(0))).toBeNull()
    expect(refusal(compact(0))).toBe("compacted")
    expect(refusal(compact(1))).toBeNull()
    expect(refusal(compact(2))).toBe("futureRevision")
  })

  test("a compaction frees what only older reads could see: at once if it is told to", () => {
    expect(machine.statistics()).toMatchObject({ keys: 2, historyBytes: 2 + 2 + 1 })
    apply(compact(6, true))
    expect(machine.statistics()).toMatchObject({ keys: 2, historyBytes: 0, compactRevision: 6 })
  })

  test("a compaction of a long history frees it with the commands that follow, in steps, and no hash changes on the way", () => {
    for (let i = 0; i < 1000; i++) apply(put("long", "x"))
    const replica = machine.clone()
    apply(compact(machine.revision))
    expect(machine.statistics().historyBytes).toBeGreaterThan(4000)
    const physical = machine.clone()
    physical.apply(encodeKvCommand(put("a", "3")), { index: 1, timeMs: 0 })
    apply(put("a", "3"))
    replica.apply(encodeKvCommand(compact(replica.revision, true)), { index: 1, timeMs: 0 })
    replica.apply(encodeKvCommand(put("a", "3")), { index: 1, timeMs: 0 })
    expect(machine.hash()).toBe(replica.hash())
    for (let i = 0; i < 300; i++) apply(remove("nothing"))
    expect(machine.hash()).toBe(replica.hash())
    expect(machine.statistics().historyBytes).toBe(replica.statistics().historyBytes)
  })

  test("commands of many changes free as many times as much: the past does not grow faster than it is forgotten", () => {
    const many = (round: number): RequestOp[] => Array.from({ length: 100 }, (_, i) => put(`key ${i}`, `${round}`))
    let compactions = 0
    let historyBytesSeen = 0
    for (let round = 0; round < 400; round++) {
      apply(txn(many(round)))
      const revision = machine.revisionToCompact(20_000)
      if (revision === null) continue
      compactions++
      historyBytesSeen = Math.max(historyBytesSeen, machine.statistics().historyBytes)
      apply(compact(revision))
    }
    expect(compactions).toBeGreaterThan(10)
    expect(historyBytesSeen).toBeLessThan(25_000)
  })

  test("compaction is suggested once the history is larger than it may be, at its middle", () => {
    expect(machine.revisionToCompact(5)).toBeNull()
    expect(machine.revisionToCompact(4)).toBe(4)
    apply(compact(4, true))
    expect(machine.revisionToCompact(1)).toBe(5)
  })
})

describe("put and delete", () => {
  test("answer with what was there if asked to", () => {
    apply(put("a", "1"))
    const before = { key: bytes("a"), value: bytes("1"), createRevision: 2, modRevision: 2, version: 1, lease: 0n }
    expect(apply(put("a", "2", { prevKv: true }))).toEqual({ kind: "put", revision: 3, prevKv: before })
    expect(apply(put("b", "2", { prevKv: true }))).toEqual({ kind: "put", revision: 4, prevKv: null })
    expect(apply(remove("a", "z", { prevKv: true }))).toMatchObject({ deleted: 2, prevKvs: [{ value: bytes("2") }, { value: bytes("2") }] })
  })

  test("a kept value must be there, and none may be given", () => {
    expect(refusal(put("a", "", { ignoreValue: true }))).toBe("keyNotFound")
    apply(put("a", "1"))
    expect(refusal(put("a", "2", { ignoreValue: true }))).toBe("valueProvided")
    expect(apply(put("a", "", { ignoreValue: true }))).toMatchObject({ revision: 3 })
    expect(ask(range("a"))).toMatchObject({ kvs: [{ value: bytes("1"), version: 2 }] })
  })

  test("leases cannot be named yet", () => {
    expect(refusal(put("a", "1", { lease: 7n }))).toBe("leaseNotFound")
    expect(refusal(put("a", "1", { lease: 7n, ignoreLease: true }))).toBe("leaseProvided")
    expect(refusal(put("a", "1", { ignoreLease: true }))).toBe("keyNotFound")
    // Alone, the lease is looked at first; in a transaction, the key.
    expect(refusal(put("a", "", { lease: 7n, ignoreValue: true }))).toBe("leaseNotFound")
    expect(refusal(txn([put("a", "", { lease: 7n, ignoreValue: true })]))).toBe("keyNotFound")
  })

  test("empty keys are refused, empty values are not", () => {
    expect(refusal(put("", "1"))).toBe("emptyKey")
    expect(refusal(remove("", "z"))).toBe("emptyKey")
    expect(refusal(put("a", ""))).toBeNull()
    expect(ask({ kind: "get", key: bytes("a") })).toEqual({ kind: "get", value: bytes("") })
    expect(ask({ kind: "get", key: bytes("b") })).toEqual({ kind: "get", value: null })
  })

  test("the command's buffer is copied: it can be used again", () => {
    const command = encodeKvCommand(put("key", "value"))
    machine.apply(command, { index: 1, timeMs: 0 })
    command.fill(0)
    expect(ask({ kind: "get", key: bytes("key") })).toEqual({ kind: "get", value: bytes("value") })
  })

  test.each([
    ["nothing", []],
    ["a query", [2, 1, 0, 65]],
    ["half a put", [1, 5, 0, 65]],
    ["a put without a length", [1]],
    ["garbage", [99, 1, 2, 3]],
  ])("%s as a command is refused in words and changes nothing", (_what, command) => {
    const result = decodeKvResponse("put", machine.apply(Uint8Array.from(command), { index: 1, timeMs: 0 }))
    expect(result).toMatchObject({ kind: "refused", reason: "malformed", message: expect.stringMatching(/needs|no command/) as string })
    expect(machine.revision).toBe(1)
  })
})

describe("comparisons", () => {
  beforeEach(() => {
    apply(put("a", "5")) // 2
    apply(put("a", "5")) // 3
    apply(put("b", "6")) // 4
  })

  const compare = (
    key: string,
    end: string,
    target: Compare["target"],
    result: Compare["result"],
    operand: number | string | bigint,
  ): Compare =>
    ({ key: bytes(key), rangeEnd: bytes(end), target, result, operand: typeof operand === "string" ? bytes(operand) : operand }) as Compare

  test.each([
    ["a", "", "version", "equal", 2, true],
    ["a", "", "version", "notEqual", 2, false],
    ["a", "", "version", "greater", 1, true],
    ["a", "", "version", "greater", 2, false],
    ["a", "", "version", "less", 3, true],
    ["a", "", "create", "equal", 2, true],
    ["a", "", "mod", "equal", 3, true],
    ["a", "", "value", "equal", "5", true],
    ["a", "", "value", "less", "50", true],
    ["a", "", "value", "greater", "", true],
    ["a", "", "lease", "equal", 0n, true],
    ["a", "", "lease", "less", 2n ** 62n, true],
    // A missing key: numbers are 0, its value compares false whatever the comparison.
    ["m", "", "version", "equal", 0, true],
    ["m", "", "create", "less", 1, true],
    ["m", "", "mod", "equal", 0, true],
    ["m", "", "lease", "equal", 0n, true],
    ["m", "", "value", "equal", "", false],
    ["m", "", "value", "notEqual", "x", false],
    // A range must hold for every key; an empty one is like a missing key.
    ["a", "c", "version", "greater", 0, true],
    ["a", "c", "version", "greater", 1, false],
    ["a", lowest, "create", "less", 5, true],
    ["a", lowest, "value", "less", "6", false],
    ["m", "z", "version", "equal", 0, true],
    ["m", "z", "value", "notEqual", "x", false],
  ] as const)("%j to %j: %s %s %s is %s", (key, end, target, result, operand, expected) => {
    expect(apply(txn([], [compare(key, end, target, result, operand)]))).toMatchObject({ succeeded: expected })
  })

  test("all must hold, and none is enough", () => {
    const holds = compare("a", "", "version", "equal", 2)
    const fails = compare("a", "", "version", "equal", 1)
    expect(apply(txn([], [holds, fails]))).toMatchObject({ succeeded: false })
    expect(apply(txn([], []))).toMatchObject({ succeeded: true })
  })

  test("those of nested transactions see the store as it was before all of it", () => {
    const isNew = compare("new", "", "version", "equal", 0)
    const result = apply(txn([put("new", "1"), txn([range("new")], [isNew])])) as TxnResponse
    expect(result.responses[1]).toMatchObject({ kind: "txn", revision: 0, succeeded: true, responses: [{ count: 1, revision: 5 }] })
  })
})

describe("transactions", () => {
  test("reads see the writes before them, and revisions say which were first", () => {
    const result = apply(txn([range("a"), put("a", "1", { prevKv: true }), range("a"), remove("none")])) as TxnResponse
    expect(result.responses).toMatchObject([
      { kind: "range", revision: 1, count: 0 },
      { kind: "put", revision: 2, prevKv: null },
      { kind: "range", revision: 2, kvs: [{ createRevision: 2, modRevision: 2, version: 1 }] },
      { kind: "deleteRange", revision: 2, deleted: 0 },
    ])
    expect(result.revision).toBe(2)
  })

  test("reads at a past revision do not see them", () => {
    apply(put("a", "1"))
    const result = apply(txn([put("a", "2"), range("a", "", { revision: 2 })])) as TxnResponse
    expect(result.responses[1]).toMatchObject({ revision: 3, kvs: [{ value: bytes("1") }] })
  })

  test("the other branch runs if a comparison fails", () => {
    const never: Compare = { key: bytes("a"), rangeEnd: bytes(""), target: "version", result: "greater", operand: 0 }
    expect(apply(txn([put("a", "yes")], [never], [put("a", "no")]))).toMatchObject({ succeeded: false, responses: [{ kind: "put" }] })
    expect(ask({ kind: "get", key: bytes("a") })).toMatchObject({ value: bytes("no") })
  })

  test("a read at a negative revision is compacted in a transaction, as in etcd", () => {
    expect(refusal(txn([put("a", "1"), range("a", "", { revision: -3 })]))).toBe("compacted")
    expect(refusal(range("a", "", { revision: -3 }))).toBeNull()
  })

  // Each of these was compared with etcd 3.4.
  test.each<[string, RequestOp[], RefusalReason | null]>([
    ["two puts of a key", [put("a", "1"), put("a", "2")], "duplicateKey"],
    ["a put and a deletion of it", [put("a", "1"), remove("a")], "duplicateKey"],
    ["a put inside a deleted range", [remove("a", "c"), put("b", "1")], "duplicateKey"],
    ["a put at the end of a deleted range", [remove("a", "b"), put("b", "1")], null],
    ["a put of what 'from a key on' deletes", [remove("a", lowest), put("b", "1")], null],
    ["two deletions", [remove("a", "c"), remove("b", "d")], null],
    ["a put and a nested put", [put("a", "1"), txn([put("a", "2")])], "duplicateKey"],
    ["a put and one nested in the other branch", [put("a", "1"), txn([], [], [put("a", "2")])], "duplicateKey"],
    ["puts in both branches of a nested transaction", [txn([put("a", "1")], [], [put("a", "2")])], null],
    ["a put and a deletion in its branches", [txn([remove("a")], [], [put("a", "2")])], null],
    ["puts in two nested transactions", [txn([put("a", "1")]), txn([put("a", "2")])], "duplicateKey"],
    ["a nested deletion after a nested put", [txn([put("a", "1")]), txn([remove("a")])], null],
    ["a nested put after a nested deletion", [txn([remove("a")]), txn([put("a", "1")])], "duplicateKey"],
    ["a nested put in a deleted range", [txn([put("b", "1")]), remove("a", "c")], "duplicateKey"],
    ["a put in a nested deletion", [put("b", "1"), txn([txn([remove("a", "c")])])], "duplicateKey"],
  ])("%s: %s", (_what, operations, expected) => {
    expect(refusal(txn(operations))).toBe(expected)
    expect(refusal(txn([], [], operations))).toBe(expected)
  })

  test("the last change of a key in a revision is the one that counts", () => {
    apply(txn([txn([put("a", "1")]), txn([remove("a")])]))
    expect(machine.revision).toBe(2)
    expect(ask(range("a", "", { revision: 2 }))).toMatchObject({ count: 0 })
    apply(txn([remove(lowest, lowest), put("a", "2")]))
    expect(ask(range("a", "", { revision: 3 }))).toMatchObject({ kvs: [{ value: bytes("2"), createRevision: 3, version: 1 }] })
    expect(machine.changesFrom(2)).toMatchObject([
      {
        revision: 2,
        changes: [
          { version: 1, sub: 0 },
          { version: 0, sub: 1 },
        ],
      },
      { revision: 3, changes: [{ version: 1, sub: 0 }] },
    ])
  })

  test("one that only reads can be asked as a query; one that writes cannot", () => {
    apply(put("a", "1"))
    expect(ask(txn([range("a")]))).toMatchObject({ kind: "txn", revision: 2, responses: [{ count: 1 }] })
    expect(ask(txn([], [], [put("a", "2")]))).toMatchObject({ kind: "refused", reason: "malformed" })
  })
})

/** A put to the key "a" that has so many bytes in all. */
function putOf(lengthBytes: number): Uint8Array {
  const command = new Uint8Array(lengthBytes)
  command.set(encodeKvCommand(put("a", "")))
  return command
}

describe("limits, which a server checks before it proposes", () => {
  const limits = { txnOperationsMax: 3, requestBytesMax: 200 }
  const check = (command: KvCommand): RefusalReason | null => checkKvRequest(encodeKvCommand(command), limits)?.reason ?? null
  const puts = (count: number): RequestOp[] => Array.from({ length: count }, (_, i) => put(`${i}`, ""))
  const holds: Compare = { key: bytes("a"), rangeEnd: bytes(""), target: "version", result: "less", operand: 9 }

  test("the longest of comparisons, success and failure counts", () => {
    expect(check(txn(puts(3), [holds, holds, holds], puts(3)))).toBe(null)
    expect(check(txn(puts(4)))).toBe("tooManyOperations")
    expect(check(txn([], [], puts(4)))).toBe("tooManyOperations")
    expect(check(txn([], [holds, holds, holds, holds]))).toBe("tooManyOperations")
  })

  test("a nested transaction has what the ones around it left over", () => {
    expect(check(txn([txn(puts(2))]))).toBe(null)
    expect(check(txn([txn(puts(3))]))).toBe("tooManyOperations")
    expect(check(txn([txn([txn(puts(1))])]))).toBe(null)
    expect(check(txn([txn([txn([txn([])])])]))).toBe(null)
    expect(check(txn([txn([txn([txn(puts(1))])])]))).toBe("tooManyOperations")
  })

  test("bytes", () => {
    expect(check(put("a", "x".repeat(196)))).toBe(null)
    expect(check(put("a", "x".repeat(197)))).toBe("requestTooLarge")
  })

  test("txnOperationsMax: the default is etcd's, 128 operations", () => {
    for (const count of [127, 128]) expect(checkKvRequest(encodeKvCommand(txn(puts(count))))).toBeNull()
    expect(checkKvRequest(encodeKvCommand(txn(puts(129))))?.message).toBe("too many operations in txn request")
  })

  test("requestBytesMax: the default is etcd's, 1.5 MiB", () => {
    const most = 1.5 * 1024 * 1024
    for (const length of [most - 1, most]) expect(checkKvRequest(putOf(length))).toBeNull()
    expect(checkKvRequest(putOf(most + 1))?.message).toBe("request is too large")
  })

  test("txnOperationsMax: what is in the log is applied whatever the limits were, up to the ceiling that all servers share", () => {
    for (const count of [129, 16_383, 16_384]) expect(refusal(txn(puts(count)))).toBeNull()
    expect(refusal(txn(puts(16_385)))).toBe("tooManyOperations")
  })

  test("requestBytesMax: so it is with its bytes", () => {
    const ceiling = 64 * 1024 * 1024
    const answerTo = (length: number) => {
      const answer = decodeKvResponse("put", new KeyValueMachine().apply(putOf(length), { index: 1, timeMs: 0 }))
      return answer.kind === "refused" ? answer.reason : answer.kind
    }
    expect([ceiling - 1, ceiling, ceiling + 1].map(answerTo)).toEqual(["put", "put", "requestTooLarge"])
  })

  test("what is wrong whatever the store holds is found here as well", () => {
    expect(check(put("", "1"))).toBe("emptyKey")
    expect(check(txn([put("a", ""), put("a", "")]))).toBe("duplicateKey")
    expect(checkKvRequest(Uint8Array.of(1, 9, 0, 65))?.reason).toBe("malformed")
    expect(checkKvRequest(Uint8Array.of(2, 1, 0, 65, 66))?.reason).toBe("malformed")
    expect(checkKvRequest(Uint8Array.of(2, 0, 0))?.reason).toBe("emptyKey")
    expect(checkKvRequest(Uint8Array.of(7, 1))?.reason).toBe("malformed")
    expect(checkKvRequest(Uint8Array.of(2, 1, 0, 65))).toBeNull()
  })
})

describe("snapshots", () => {
  test("chunkBytes: a chunk is closed once it has so many bytes, not a byte earlier", () => {
    // The chunk's kind, what stands around a version, and its key.
    const around = 1 + 44 + 1
    const chunkCount = (firstChunkBytes: number) => {
      machine = new KeyValueMachine()
      apply(put("a", "x".repeat(firstChunkBytes - around)))
      apply(put("b", ""))
      // Without the header and the end.
      return chunks().length - 2
    }
    const full = 256 * 1024
    expect([full - 1, full, full + 1].map(chunkCount)).toEqual([1, 2, 2])
  })

  function chunks(): Uint8Array[] {
    const all: Uint8Array[] = []
    const iterator = machine.snapshot()
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) all.push(next.value)
    return all
  }

  function restore(from: readonly Uint8Array[]): KeyValueMachine {
    const copy = new KeyValueMachine()
    const sink = copy.restore()
    for (const chunk of from) sink.write(chunk)
    sink.finish()
    return copy
  }

  test("are lazy, and show the moment at which they were begun", () => {
    for (let i = 0; i < 3000; i++) apply(put(`key ${i}`, "x".repeat(300)))
    const [hash, iterator] = [machine.hash(), machine.snapshot()]
    const all = [iterator.next().value as Uint8Array]
    apply(remove(lowest, lowest))
    apply(compact(machine.revision, true))
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) all.push(next.value)
    expect(restore(all).hash()).toBe(hash)
    // Header, four chunks of a little over 256 KiB, end.
    expect(all.map((chunk) => chunk.length > 256 * 1024)).toEqual([false, true, true, true, true, false, false])
    expect(Math.max(...all.map((chunk) => chunk.length))).toBeLessThan(257 * 1024)
  })

  test("of an empty store restore an empty store", () => {
    const copy = restore(chunks())
    expect(copy.statistics()).toEqual(machine.statistics())
  })

  test("restore the statistics and everything else into a store that goes on like the original", () => {
    apply(put("a", "1"))
    apply(put("a", "22"))
    apply(put("b", "1"))
    apply(remove("b"))
    const copy = restore(chunks())
    expect(copy.statistics()).toEqual(machine.statistics())
    for (const each of [copy, machine]) each.apply(encodeKvCommand(put("c", "3")), { index: 1, timeMs: 0 })
    expect(copy.hash()).toBe(machine.hash())
  })

  test("the state changes at finish, all at once", () => {
    apply(put("a", "1"))
    const all = chunks()
    const copy = new KeyValueMachine()
    const sink = copy.restore()
    for (const chunk of all) sink.write(chunk)
    expect(copy.revision).toBe(1)
    sink.finish()
    expect(copy.revision).toBe(2)
  })

  test.each<[string, (all: Uint8Array[]) => Uint8Array[], string]>([
    [
      "another file",
      () => [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)],
      "not a snapshot of a key-value store",
    ],
    [
      "a newer format",
      ([header, ...rest]) => [header!.with(5, 2), ...rest],
      "the snapshot has format version 2; this program reads version 1",
    ],
    ["no header", ([, ...rest]) => rest, "a chunk of kind 2 where header should be"],
    ["no end", (all) => all.slice(0, -1), "the snapshot breaks off before its end"],
    ["a chunk left out", ([header, , end]) => [header!, end!], "the snapshot should have 3 versions, but 0 came"],
    ["a chunk twice", ([header, versions, end]) => [header!, versions!, versions!, end!], "out of order"],
    ["something behind the end", (all) => [...all, all.at(-1)!], "a chunk of kind 3 where nothing should be"],
    ["a cut chunk", ([header, versions, end]) => [header!, versions!.slice(0, -1), end!], "a value needs 1 bytes, but only 0 are left"],
    [
      "an older revision in the header",
      ([header, ...rest]) => [header!.with(6, 3), ...rest],
      "a version is of revision 4, but the store is at 3",
    ],
    [
      "a later revision in the header",
      ([header, ...rest]) => [header!.with(6, 5), ...rest],
      "the snapshot has more revisions than changes",
    ],
  ])("%s is refused in words, and the state stays", (_what, change, message) => {
    for (const key of ["a", "b", "c"]) apply(put(key, "1"))
    const broken = change(chunks())
    const copy = new KeyValueMachine()
    expect(() => {
      const sink = copy.restore()
      for (const chunk of broken) sink.write(chunk)
      sink.finish()
    }).toThrow(message)
    expect(copy.revision).toBe(1)
  })
})

describe("changes, for watchers", () => {
  test("come revision by revision, up to a limit; the future has none", () => {
    apply(put("a", "1"))
    apply(txn([put("b", "1"), remove("a")]))
    expect(machine.changesFrom(1)).toMatchObject([
      { revision: 2, changes: [{ key: bytes("a"), value: bytes("1"), modRevision: 2, version: 1 }] },
      { revision: 3, changes: [{ key: bytes("b") }, { key: bytes("a"), modRevision: 3, createRevision: 0, version: 0 }] },
    ])
    expect(machine.changesFrom(1, 1)).toHaveLength(1)
    expect(machine.changesFrom(3)).toHaveLength(1)
    expect(machine.changesFrom(4)).toEqual([])
  })

  test("know what was there before, until that is compacted away", () => {
    apply(put("a", "1"))
    apply(put("a", "2"))
    const changes = machine.changesFrom(3)
    if ("kind" in changes) throw new Error(changes.message)
    const change = changes[0]!.changes[0]!
    expect(machine.before(change)?.value).toEqual(bytes("1"))
    apply(compact(3))
    expect(machine.before(change)).toBeNull()
  })
})
