/**
 * Accounts in LMDB: a state machine whose state is in an embedded database and never in memory as a whole.
 *
 * Changes since the last commit are in memory, and reads look there first. A commit writes them, the replica's records and the index in one LMDB
 * transaction. It is synced, so one commit serves many points: a crash loses the points since the last commit, and the log still has them. A snapshot
 * is read from a read transaction. A restore fills a table that is not in use; the next commit switches to that table.
 */

import { open } from "lmdb"

/** The table on disk, the one that a finished restore made and no commit has switched to yet, and the one that a restore fills. */
const tableCount = 3
/** Accounts in one chunk of a snapshot. */
const chunkAccounts = 1000
/** Names are keys of LMDB, whose length is limited. In UTF-16 code units. */
const nameLengthMax = 200
/** A commit takes place after so many entries of the log. */
const defaultCommitEntries = 1000

/** What a machine without a file reads from: nothing. */
const emptyBase = { get: () => undefined, page: () => [], share: () => emptyBase, release: () => {} }

export class Accounts {
  /** Commands applied in this process: a start from the database applies none of those before. */
  applied = 0
  /** Transactions committed in this process by `persist`. */
  commits = 0
  #database
  #commitEntries
  /** Where accounts are read that did not change since the last commit. */
  #base = emptyBase
  /** Accounts that changed since the last commit, by name. */
  #changed = new Map()
  /** The table that the state is in, and the one that the database says it is in. */
  #table = 0
  #committedTable = 0
  #committedIndex = 0
  /** The last point, records that changed since the last commit, and whether all others are to be forgotten. */
  #index = 0
  #records = new Map()
  #isWhole = false

  /** Opens the database at `path`, or makes one. Without a path: a machine that keeps nothing. */
  constructor(path = null, { commitEntries = defaultCommitEntries } = {}) {
    this.#commitEntries = commitEntries
    if (path === null) return
    this.#database = openDatabase(path)
    const { index, table } = this.#database.point.get("point") ?? { index: 0, table: 0 }
    this.#index = index
    this.#committedIndex = index
    this.#table = table
    this.#committedTable = table
    this.#base = liveBase(this.#tableAt(table))
    // A restore that the last process did not finish, or did not commit.
    for (let other = 0; other < tableCount; other++) if (other !== table) clear(this.#tableAt(other))
  }

  /** Closes the database. Points since the last commit are not in it: the log has them. */
  async close() {
    await this.#database?.root.close()
  }

  /** Commands and results are JSON: the payment `{ id, to, cents }` is answered by the account, `{ cents, last }`. */
  apply(command) {
    this.applied += 1
    const { id, to, cents } = parse(command)
    if (!isName(to) || !Number.isSafeInteger(id) || !Number.isSafeInteger(cents)) return encode({ error: "no payment" })
    const account = { cents: (this.query(to)?.cents ?? 0) + cents, last: id }
    if (!Number.isSafeInteger(account.cents)) return encode({ error: "too much money" })
    this.#changed.set(to, account)
    return encode(account)
  }

  /** The account of that name, null if there is none. `last` is the id of its last payment. */
  query(name) {
    return isName(name) ? (this.#changed.get(name) ?? this.#base.get(name) ?? null) : null
  }

  snapshot() {
    return this.#database === undefined ? chunksOf(this.#base, new Map(this.#changed)) : chunksAndRelease(this.clone())
  }

  restore() {
    return this.#database === undefined ? this.#restoreInMemory() : this.#restoreToTable()
  }

  /** The state at this moment: a read transaction, and what is not committed yet. `release` ends the transaction. */
  clone() {
    const copy = new Accounts()
    copy.#base = this.#base.share()
    copy.#changed = new Map(this.#changed)
    return copy
  }

  release() {
    this.#base.release()
  }

  /** The sum of the hashes of all accounts, which does not depend on their order. */
  hash() {
    let sum = 0
    for (const accounts of pagesOf(this.#base, this.#changed)) for (const account of accounts) sum = (sum + hashOf(account)) >>> 0
    return sum
  }

  appliedIndex() {
    return this.#committedIndex
  }

  records() {
    return this.#database === undefined ? [] : this.#database.records.getRange().map(({ key, value }) => [key, value])
  }

  persist({ index, records, isWhole }) {
    if (this.#database === undefined) return
    if (isWhole) this.#records.clear()
    this.#isWhole ||= isWhole
    for (const [number, record] of records) this.#records.set(number, record)
    this.#index = index
    if (isWhole || index - this.#committedIndex >= this.#commitEntries) this.#commit()
  }

  /** State, records and index, in one transaction: after a crash the database holds all of them, or none. */
  #commit() {
    const { root, records, point } = this.#database
    root.transactionSync(() => {
      if (this.#isWhole) clear(records)
      for (const [number, record] of this.#records) {
        if (record === null) records.removeSync(number)
        else records.putSync(number, record)
      }
      const table = this.#tableAt(this.#table)
      for (const [name, account] of this.#changed) table.putSync(name, account)
      if (this.#table !== this.#committedTable) clear(this.#tableAt(this.#committedTable))
      point.putSync("point", { index: this.#index, table: this.#table })
    })
    this.commits += 1
    this.#committedIndex = this.#index
    this.#committedTable = this.#table
    this.#records.clear()
    this.#changed.clear()
    this.#isWhole = false
  }

  /** Each chunk is a transaction of its own, in a table that nothing refers to before the commit after `finish`. */
  #restoreToTable() {
    const number = this.#database.tables.findIndex((_, table) => table !== this.#table && table !== this.#committedTable)
    const table = this.#tableAt(number)
    clear(table)
    return {
      write: (chunk) => {
        const accounts = JSON.parse(new TextDecoder().decode(chunk))
        this.#database.root.transactionSync(() => {
          for (const [name, account] of accounts) table.putSync(name, account)
        })
      },
      finish: () => {
        this.#table = number
        this.#base = liveBase(table)
        this.#changed.clear()
      },
    }
  }

  #restoreInMemory() {
    const restored = new Map()
    return {
      write: (chunk) => {
        for (const [name, account] of JSON.parse(new TextDecoder().decode(chunk))) restored.set(name, account)
      },
      finish: () => {
        this.#base.release()
        this.#base = emptyBase
        this.#changed = restored
      },
    }
  }

  #tableAt(number) {
    return this.#database.tables[number]
  }
}

function openDatabase(path) {
  // Pages, a sync, and then the root of the new state: a commit that power cuts off never took place.
  const root = open({ path, encoding: "json", overlappingSync: false })
  return {
    root,
    tables: Array.from({ length: tableCount }, (_, number) => root.openDB({ name: `accounts-${number}` })),
    records: root.openDB({ name: "records", encoding: "binary" }),
    point: root.openDB({ name: "point" }),
  }
}

/** A table as it is at each moment. */
function liveBase(table) {
  return {
    get: (name) => table.get(name),
    page: (after) => pageOf(table, after),
    share: () => frozenBase(table, table.useReadTransaction()),
    release: () => {},
  }
}

/** A table as it was when `transaction` began. Only the first `release` counts. */
function frozenBase(table, transaction) {
  let isReleased = false
  return {
    get: (name) => table.get(name, { transaction }),
    page: (after) => pageOf(table, after, transaction),
    share: () => {
      transaction.use()
      return frozenBase(table, transaction)
    },
    release: () => {
      if (!isReleased) transaction.done()
      isReleased = true
    },
  }
}

/** The next accounts after that name. No cursor stays open between two pages. */
function pageOf(table, after, transaction) {
  const range = { limit: chunkAccounts, transaction, ...(after === null ? {} : { start: after, exclusiveStart: true }) }
  return table.getRange(range).map(({ key, value }) => [key, value]).asArray
}

/** All accounts, page by page: those of `base`, but for the changed ones, and then these. */
function* pagesOf(base, changed) {
  for (let page = base.page(null); page.length > 0; page = base.page(page.at(-1)[0])) yield page.filter(([name]) => !changed.has(name))
  if (changed.size > 0) yield [...changed]
}

function* chunksOf(base, changed) {
  for (const page of pagesOf(base, changed)) yield encode(page)
}

function* chunksAndRelease(frozen) {
  yield* frozen.snapshot()
  frozen.release()
}

function clear(table) {
  if (table.getKeysCount({ limit: 1 }) > 0) table.clearSync()
}

function isName(value) {
  return typeof value === "string" && value.length > 0 && value.length <= nameLengthMax && value.isWellFormed() && !value.includes("\0")
}

/** FNV-1a, 32 bits. */
function hashOf(account) {
  return encode(account).reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193) >>> 0, 0x811c_9dc5)
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
