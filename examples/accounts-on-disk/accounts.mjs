/**
 * Accounts that are kept on disk: a state machine that does not begin from a snapshot and the log at each start, but from where it is.
 *
 * One file, to which each point appends one line: what changed since the last one, of the accounts and of the records that the replica wants to be kept
 * beside them, and the index. A line is there as a whole or not at all: its hash says so, and a torn one at the end is cut. That is all that
 * "in one transaction" asks for; with SQLite or LMDB it is a transaction.
 */

import { createHash } from "node:crypto"
import fs from "node:fs"

/** The file is written anew, as one line, once it is so many times as long as it was then. */
const rewriteAtTimes = 4
const rewriteBytesMin = 64 << 10

export class Accounts {
  balances = new Map()
  /** Commands applied in this process: a start from the disk applies none of those before. */
  applied = 0
  #file
  #index = 0
  #records = new Map()
  /** Accounts that changed since the last point; null for all of them. */
  #changed = new Set()
  #bytes = 0
  #bytesWhenWhole = 0

  /** `file` null: a machine in memory, which keeps nothing. */
  constructor(file = null) {
    this.#file = file
    if (file !== null && fs.existsSync(file)) this.#load()
  }

  /** Commands and results are JSON: `{ to, cents }` is answered by the new balance. */
  apply(command) {
    this.applied += 1
    const { to, cents } = parse(command)
    if (typeof to !== "string" || !Number.isSafeInteger(cents)) return encode({ error: "what?" })
    const balance = (this.balances.get(to) ?? 0) + cents
    this.balances.set(to, balance)
    this.#changed?.add(to)
    return encode({ balance })
  }

  query(name) {
    return this.balances.get(name) ?? 0
  }

  snapshot() {
    return [...this.balances].map(encode).values()
  }

  restore() {
    const balances = new Map()
    return {
      write: (chunk) => balances.set(...JSON.parse(new TextDecoder().decode(chunk))),
      // In memory: it becomes durable with the next point, and not before.
      finish: () => {
        this.balances = balances
        this.#changed = null
      },
    }
  }

  clone() {
    const copy = new Accounts()
    copy.balances = new Map(this.balances)
    return copy
  }

  appliedIndex() {
    return this.#index
  }

  records() {
    return this.#records
  }

  persist({ index, records, isWhole }) {
    if (this.#file === null) return
    if (isWhole) this.#records.clear()
    for (const [number, record] of records) {
      if (record === null) this.#records.delete(number)
      else this.#records.set(number, record)
    }
    this.#index = index
    const isLong = this.#bytes > Math.max(rewriteBytesMin, rewriteAtTimes * this.#bytesWhenWhole)
    if (isWhole || isLong || this.#changed === null) this.#rewrite()
    else
      this.#append(
        [...this.#changed].map((name) => [name, this.balances.get(name)]),
        records,
      )
    this.#changed = new Set()
  }

  #append(balances, records) {
    const line = lineOf({ index: this.#index, isWhole: false, balances, records: inText(records) })
    fs.appendFileSync(this.#file, line)
    this.#bytes += Buffer.byteLength(line)
  }

  /** Beside the old one, which it then replaces: a crash leaves one of the two. */
  #rewrite() {
    const line = lineOf({ index: this.#index, isWhole: true, balances: [...this.balances], records: inText(this.#records) })
    const beside = `${this.#file}.new`
    fs.writeFileSync(beside, line, { flush: true })
    fs.renameSync(beside, this.#file)
    this.#bytes = Buffer.byteLength(line)
    this.#bytesWhenWhole = this.#bytes
  }

  #load() {
    for (const line of fs.readFileSync(this.#file, "utf8").split("\n")) {
      const point = pointIn(line)
      if (point === null) break
      if (point.isWhole) {
        this.balances.clear()
        this.#records.clear()
      }
      for (const [name, balance] of point.balances) this.balances.set(name, balance)
      for (const [number, record] of point.records) {
        if (record === null) this.#records.delete(number)
        else this.#records.set(number, Buffer.from(record, "base64"))
      }
      this.#index = point.index
      this.#bytes += Buffer.byteLength(line) + 1
    }
    fs.truncateSync(this.#file, this.#bytes)
    this.#bytesWhenWhole = this.#bytes
  }
}

function lineOf(point) {
  const text = JSON.stringify(point)
  return `${hashOf(text)} ${text}\n`
}

/** Null for a line that was not written to its end. */
function pointIn(line) {
  const text = line.slice(line.indexOf(" ") + 1)
  return text !== "" && line.startsWith(`${hashOf(text)} `) ? JSON.parse(text) : null
}

function hashOf(text) {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16)
}

function inText(records) {
  return [...records].map(([number, record]) => [number, record === null ? null : Buffer.from(record).toString("base64")])
}

function encode(value) {
  return new TextEncoder().encode(JSON.stringify(value))
}

function parse(command) {
  try {
    return Object(JSON.parse(new TextDecoder().decode(command)))
  } catch {
    return {}
  }
}
