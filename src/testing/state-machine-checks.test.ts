// A machine that keeps its contract passes; each usual mistake, alone, is named.

import { describe, expect, test } from "vitest"
import { KeyValueMachine } from "../kv/index.ts"
import type { ApplyContext, SnapshotSink, StateMachine } from "../replica/index.ts"
import { encodeKvCommand, putRequest } from "../wire/kv/index.ts"
import { checkStateMachine } from "./state-machine-checks.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (given: Uint8Array): string => new TextDecoder().decode(given)

/** Counts words, and remembers the last one and the cluster's time. */
class WordCount implements StateMachine {
  counts = new Map<string, number>()
  last: Uint8Array = new Uint8Array(0)
  timeMs = 0

  apply(command: Uint8Array, { timeMs }: ApplyContext): Uint8Array {
    if (command.length === 0) return bytes("empty")
    const word = text(command)
    const count = (this.counts.get(word) ?? 0) + 1
    this.counts.set(word, count)
    this.last = command.slice()
    this.timeMs = timeMs
    return bytes(String(count))
  }

  query(query: unknown): unknown {
    return this.counts.get(String(query))
  }

  snapshot(): Iterator<Uint8Array> {
    const words = [...this.counts].map(([word, count]) => bytes(JSON.stringify([word, count])))
    return [bytes(String(this.timeMs)), this.last, ...words].values()
  }

  restore(): SnapshotSink {
    const chunks: Uint8Array[] = []
    return {
      write: (chunk) => {
        chunks.push(chunk)
      },
      finish: () => {
        const [timeMs, last, ...words] = chunks
        this.timeMs = Number(text(timeMs!))
        this.last = last!
        this.counts = new Map(words.map((word) => JSON.parse(text(word)) as [string, number]))
      },
    }
  }

  clone(): WordCount {
    const copy = new (this.constructor as new () => WordCount)()
    copy.counts = new Map(this.counts)
    copy.last = this.last
    copy.timeMs = this.timeMs
    return copy
  }

  hash(): number {
    const all = JSON.stringify([[...this.counts], [...this.last], this.timeMs])
    let hash = 7
    for (let i = 0; i < all.length; i++) hash = (Math.imul(hash, 31) + all.charCodeAt(i)) >>> 0
    return hash
  }
}

const commands = ["a", "b", "a", "c", "", "b", "a", "d", "a", "é", "c", "a"].map(bytes)
const complaint = (create: () => StateMachine, queries: readonly unknown[] = ["a"]): string => {
  try {
    checkStateMachine({ create, commands, queries })
    return "none"
  } catch (error) {
    return String(error)
  }
}

test("a machine that keeps its contract passes", () => {
  expect(complaint(() => new WordCount())).toBe("none")
})

test("so does the key-value store", () => {
  const puts = ["x", "y", "x", "z"].map((key) => encodeKvCommand(putRequest(bytes(key), bytes("value"))))
  checkStateMachine({ create: () => new KeyValueMachine(), commands: puts, queries: [{ kind: "get", key: bytes("x") }] })
})

test.each<[string, () => StateMachine, RegExp]>([
  [
    "throws dice",
    () =>
      new (class extends WordCount {
        override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
          super.apply(command, context)
          return bytes(Math.random() < 2 ? "same" : "other")
        }
      })(),
    /asked for Math\.random\(\)/,
  ],
  [
    "asks the time",
    () =>
      new (class extends WordCount {
        override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
          return super.apply(command, { ...context, timeMs: new Date().getFullYear() })
        }
      })(),
    /asked for new Date\(\)/,
  ],
  [
    "goes by something that machines do not share",
    () => {
      const made = (machinesMade += 1)
      return new (class extends WordCount {
        override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
          super.apply(command, context)
          return bytes(String(made))
        }
      })()
    },
    /the same commands give the same states and results: command 1 \("a"\) gave "\d+" and "\d+"/,
  ],
  [
    "has one hash for everything",
    () =>
      new (class extends WordCount {
        override hash(): number {
          return 1
        }
      })(),
    /the hash tells states apart: it is the same after every command/,
  ],
  [
    "has a signed hash",
    () =>
      new (class extends WordCount {
        override hash(): number {
          return -super.hash()
        }
      })(),
    /your state machine's hash returned -\d+; it must be an integer from 0 to 4294967295/,
  ],
  [
    "changes when it is asked",
    () =>
      new (class extends WordCount {
        override query(query: unknown): unknown {
          this.timeMs += 1
          return query
        }
      })(),
    /a query changes nothing: query 1 changed the hash/,
  ],
  [
    "keeps a command's buffer",
    () =>
      new (class extends WordCount {
        override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
          const result = super.apply(command, context)
          if (command.length > 0) this.last = command
          return result
        }
      })(),
    /a command's buffer is only lent: the state changed when the buffer of command 1/,
  ],
  [
    "leaves something out of its snapshot that its hash covers",
    () =>
      new (class extends WordCount {
        override snapshot(): Iterator<Uint8Array> {
          return [bytes("0"), this.last].values()
        }
      })(),
    /a snapshot is the whole state at one moment: restored after 1 commands, the hash is another one/,
  ],
  [
    "leaves something out of its snapshot and of its hash",
    () =>
      new (class extends WordCount {
        override snapshot(): Iterator<Uint8Array> {
          return [bytes(String(this.timeMs)), this.last].values()
        }
        override hash(): number {
          return this.timeMs + this.last.length
        }
      })(),
    /command 3 \("a"\) gives "1" instead of "2": something that it goes by is missing/,
  ],
  [
    "goes on changing while its snapshot is taken",
    () =>
      new (class extends WordCount {
        override *snapshot(): Generator<Uint8Array, undefined> {
          yield bytes(String(this.timeMs))
          yield this.last
          for (const entry of this.counts) yield bytes(JSON.stringify(entry))
        }
      })(),
    /a snapshot is the whole state at one moment/,
  ],
  [
    "changes before its restore is finished",
    () =>
      new (class extends WordCount {
        override restore(): SnapshotSink {
          this.counts.clear()
          return super.restore()
        }
      })(),
    /a restore happens at `finish`, all at once/,
  ],
  [
    "shares its state with its clone",
    () =>
      new (class extends WordCount {
        override clone(): WordCount {
          const copy = super.clone()
          copy.counts = this.counts
          return copy
        }
      })(),
    /a clone is independent: cloned after 0 commands, it changed when the original did/,
  ],
  [
    "throws at a command that it does not understand",
    () =>
      new (class extends WordCount {
        override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
          if (command.length > 8) throw new RangeError("too long")
          return super.apply(command, context)
        }
      })(),
    /never throws: bytes .* made it throw RangeError: too long/,
  ],
])("a machine that %s is told so", (_name, create, expected) => {
  expect(complaint(create)).toMatch(expected)
})

let machinesMade = 0

test("commands may be Buffers, whose slice is a view: a right machine passes, and its commands are as they were", () => {
  const buffers = commands.map((command) => Buffer.from(command))
  const before = buffers.map((buffer) => buffer.toString("hex"))
  const made = class extends WordCount {
    override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
      // A result that is a view of what the machine keeps.
      return Buffer.from(super.apply(command, context))
    }
  }
  expect(checkStateMachine({ create: () => new made(), commands: buffers, queries: ["a"] })).toEqual({ skipped: [] })
  expect(buffers.map((buffer) => buffer.toString("hex"))).toEqual(before)
})

test("a hash is optional; what cannot be checked without it is said", () => {
  const bare = (): StateMachine => Object.assign(new WordCount(), { hash: undefined })
  const { skipped } = checkStateMachine({ create: bare, commands })
  expect(skipped).toEqual([expect.stringContaining("the machine has no hash")])
  const forgetful = (): StateMachine =>
    Object.assign(
      new (class extends WordCount {
        override snapshot(): Iterator<Uint8Array> {
          return [bytes(String(this.timeMs)), this.last].values()
        }
      })(),
      { hash: undefined },
    )
  expect(() => checkStateMachine({ create: forgetful, commands })).toThrow(
    /command \d+ .* gives .* instead of .*: something that it goes by is missing/,
  )
})

describe("a machine for nodes that refuse", () => {
  const picky = class extends WordCount {
    override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
      if (command.length !== 1) throw new RangeError("one letter")
      return super.apply(command, context)
    }
  }

  test("may throw where nothing changes", () => {
    expect(complaint(() => new picky())).toMatch(/never throws: command \d+ .* made it throw RangeError: one letter/)
    expect(checkStateMachine({ create: () => new picky(), commands, onApplyError: "refuse" })).toEqual({ skipped: [] })
  })

  test("must not throw after it has changed something", () => {
    const hasty = class extends WordCount {
      override apply(command: Uint8Array, context: ApplyContext): Uint8Array {
        const result = super.apply(command, context)
        if (text(command) === "d") throw new RangeError("not d")
        return result
      }
    }
    expect(() => checkStateMachine({ create: () => new hasty(), commands, onApplyError: "refuse" })).toThrow(
      /a command that is refused changes nothing: command 8 \("d"\) made it throw RangeError: not d, and left another state behind/,
    )
  })
})

describe("a mistake in the check itself is told as that", () => {
  const create = () => new WordCount()
  test.each<[string, unknown, RegExp]>([
    ["no check", undefined, /was given undefined; it takes \{ create, commands, queries \}/],
    ["no create", { commands }, /create is undefined; it must be a function/],
    ["a machine in the place of create", { create: create(), commands }, /create is an object; it must be a function/],
    [
      "an asynchronous create",
      { create: () => Promise.resolve(create()), commands },
      /create returned a Promise; .*must not be asynchronous/,
    ],
    [
      "a create that returns half a machine",
      { create: () => ({ apply() {} }), commands },
      /has no function query, snapshot, restore, clone/,
    ],
    [
      "one machine for all",
      {
        create: (
          () => (machine: WordCount) => () =>
            machine
        )()(create()),
        commands,
      },
      /the same state machine twice/,
    ],
    [
      "a hash that is a number",
      { create: () => Object.assign(create(), { hash: 7 }), commands },
      /hash is a number; it must be a function/,
    ],
    ["no commands", { create, commands: [] }, /commands is empty/],
    ["commands that are no list", { create, commands: "abc" }, /commands is a string; it must be an array of Uint8Arrays/],
    ["a command that is a string", { create, commands: [bytes("a"), "b"] }, /commands\[1\] is a string; a command must be a Uint8Array/],
    ["queries that are no list", { create, commands, queries: "a" }, /queries is a string/],
    ["an unknown property", { create, commands, query: ["a"] }, /does not know "query"/],
  ])("%s", (_, check, expected) => {
    expect(() => checkStateMachine(check as never)).toThrow(TypeError)
    expect(() => checkStateMachine(check as never)).toThrow(expected)
  })

  test("what the machine returns instead of bytes is the machine's: it is named", () => {
    const returning = (result: unknown) => () => Object.assign(create(), { apply: () => result }) as unknown as StateMachine
    expect(complaint(returning("done"))).toMatch(/ConformanceError: .*your state machine's apply returned a string at entry 1/)
    expect(complaint(returning(undefined))).toMatch(/apply returned undefined/)
  })
})

test("the globals are as they were afterwards", () => {
  const { random } = Math
  const { Date: date } = globalThis
  complaint(() => new WordCount())
  expect(Math.random).toBe(random)
  expect(globalThis.Date).toBe(date)
})
