// Servers of a simulated world whose machines are the LMDB example on real files. What the simulator does with its own disks is done here with LMDB's
// files at each start: they are as they were, or as they were at an earlier commit, or at a commit that power cut off, or gone.

import fs from "node:fs"
import path from "node:path"
import { hashNumbers } from "../../src/core/index.ts"
import type { ApplyContext, MachinePoint, SnapshotSink, StateMachine } from "../../src/replica/index.ts"
import { type Build, calmOptions, production, type RunReport, runSeed, swarmOptions, type Workload } from "../../src/simulator/index.ts"
import { type Account, Accounts, pay } from "./accounts-in-lmdb.ts"
import { changedPages, withPages } from "./lmdb-pages.ts"

/** What became of machines at starts. */
export interface Starts {
  /** On a file as the process had left it. */
  asLeft: number
  /** On the file of an earlier commit. */
  earlier: number
  /** On the file of a commit that was cut off. */
  cutOff: number
  /** Without a file. */
  gone: number
  /** A server went on from the machine's own point. */
  goneOn: number
  /** Points that were not the machine's newest, and that a server went on from. */
  goneOnFromEarlier: number
}

const names = ["ann", "bob", "cleo", "dan", "eve"]

/** Runs `seed` with the machines' files under `root`. A machine commits each of its points where `commitEntries` is 1. */
export async function runWithLmdb(
  root: string,
  seed: number,
  commitEntries: number,
  Machine = Accounts,
): Promise<{ report: RunReport; starts: Starts }> {
  const world = new LmdbWorld(root, seed, commitEntries, Machine)
  const drawn = swarmOptions(seed)
  const overrides = {
    raft: { ...drawn.raft, proposalBytesMax: calmOptions.raft.proposalBytesMax },
    replica: { ...drawn.replica, frameBytesMax: calmOptions.replica.frameBytesMax },
    clients: { ...drawn.clients, registers: names.length },
    machinesOnDisk: false,
    onApplyError: "halt",
    poisonRate: 0,
    // A disk that goes back takes the machine's file with it, which only the simulator's own machines do.
    faults: [...drawn.faults.filter(({ kind }) => kind !== "rollBack" && kind !== "crash"), { kind: "crash", everyMs: 300, lastsMs: 150 }],
  } as const
  try {
    return { report: runSeed(seed, overrides, world.build, world.workload), starts: world.starts }
  } finally {
    await world.close()
  }
}

class LmdbWorld {
  readonly starts: Starts = { asLeft: 0, earlier: 0, cutOff: 0, gone: 0, goneOn: 0, goneOnFromEarlier: 0 }
  readonly #root: string
  readonly #seed: number
  readonly #commitEntries: number
  /** By server and incarnation of its disk. */
  readonly #files = new Map<string, MachineFiles>()
  readonly #Machine: typeof Accounts
  #lives = 0
  #newest: Exchangeable | null = null

  constructor(root: string, seed: number, commitEntries: number, Machine: typeof Accounts) {
    this.#Machine = Machine
    this.#root = root
    this.#seed = seed
    this.#commitEntries = commitEntries
  }

  async close(): Promise<void> {
    for (const files of this.#files.values()) await files.close()
  }

  readonly workload: Workload = {
    hashEvery: 1,
    createMachine: () => (this.#newest = new Exchangeable()),
    command: ({ id, register }) => pay(id, names[register]!, id % 7),
    query: ({ register }) => names[register]!,
    valueOf: (answer) => (answer as Account | null)?.last ?? 0,
    explain: (command) => {
      const { id, to } = JSON.parse(new TextDecoder().decode(command)) as { readonly id: number; readonly to: string }
      return { operationId: id, effect: { register: names.indexOf(to), value: id } }
    },
  }

  readonly build: Build = {
    ...production,
    open: (reader, options, machine, bootstrap, now) => {
      const key = `${options.raft.id}-${options.identity.incarnation}`
      const files = this.#files.get(key) ?? new MachineFiles()
      this.#files.set(key, files)
      this.#lives += 1
      const folder = path.join(this.#root, String(this.#lives))
      const newest = files.newest
      files.prepare(folder, hashNumbers(this.#seed, this.#lives), this.starts)
      const accounts = new this.#Machine(folder, { commitEntries: this.#commitEntries })
      const own = accounts.appliedIndex()
      files.use(folder, accounts)
      // The world made it for this start.
      this.#newest!.inner = accounts
      const replica = production.open(reader, options, new OnDisk(machine, this.#newest!, files), bootstrap, now)
      if (own > 0 && replica.lastApplied === own) {
        this.starts.goneOn += 1
        if (own < newest) this.starts.goneOnFromEarlier += 1
      }
      return replica
    },
  }
}

interface Commit {
  readonly before: Buffer
  readonly after: Buffer
}

const commitsKept = 4

/** One server's machine, life after life: what its file was around the latest commits. */
class MachineFiles {
  /** The index of the last point that was committed. */
  newest = 0
  #folder: string | null = null
  #accounts: Accounts | null = null
  #commits: Commit[] = []
  readonly #closed: Accounts[] = []

  /** Fills the folder that the next life begins with. */
  prepare(folder: string, dice: number, starts: Starts): void {
    fs.mkdirSync(folder)
    const commit = this.#commits[dice % commitsKept]
    const choice = (dice >>> 8) % 8
    if (this.#folder === null) return
    if (choice === 0) starts.gone += 1
    else if (choice <= 3 || commit === undefined) {
      starts.asLeft += 1
      fs.copyFileSync(fileIn(this.#folder), fileIn(folder))
    } else if (choice <= 5) {
      starts.earlier += 1
      fs.writeFileSync(fileIn(folder), commit.after)
    } else {
      starts.cutOff += 1
      const { before, after } = commit
      const written = changedPages(before, after).filter((page) => page > 1 && hashNumbers(dice, page) % 2 === 0)
      fs.writeFileSync(fileIn(folder), withPages(before, after, written))
    }
  }

  use(folder: string, accounts: Accounts): void {
    if (this.#accounts !== null) this.#closed.push(this.#accounts)
    this.#folder = folder
    this.#accounts = accounts
    this.#commits = []
  }

  persist(point: MachinePoint): void {
    const accounts = this.#accounts!
    const { commits } = accounts
    const before = fs.readFileSync(fileIn(this.#folder!))
    accounts.persist(point)
    if (accounts.commits === commits) return
    this.newest = point.index
    this.#commits = [...this.#commits, { before, after: fs.readFileSync(fileIn(this.#folder!)) }].slice(-commitsKept)
  }

  appliedIndex(): number {
    return this.#accounts!.appliedIndex()
  }

  records(): Iterable<readonly [number, Uint8Array]> {
    return this.#accounts!.records()
  }

  async close(): Promise<void> {
    for (const accounts of this.#closed) await accounts.close()
    await this.#accounts?.close()
  }
}

/** Accounts in memory until the start of a server puts those in LMDB there. */
class Exchangeable implements StateMachine<string, Account | null> {
  inner: Accounts
  /** The newest clone, which the one who asked for it releases. */
  newestClone: Accounts | null = null

  constructor(inner = new Accounts()) {
    this.inner = inner
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    return this.inner.apply(command, context)
  }

  query(name: string): Account | null {
    return this.inner.query(name)
  }

  snapshot(): Iterator<Uint8Array> {
    return this.inner.snapshot()
  }

  restore(): SnapshotSink {
    return this.inner.restore()
  }

  clone(): Exchangeable {
    this.newestClone = this.inner.clone()
    return new Exchangeable(this.newestClone)
  }

  hash(): number {
    return this.inner.hash()
  }
}

/** The machine that the world watches, with what the replica asks of one on disk. */
class OnDisk implements StateMachine {
  readonly #watched: StateMachine
  readonly #inside: Exchangeable
  readonly #files: MachineFiles

  constructor(watched: StateMachine, inside: Exchangeable, files: MachineFiles) {
    this.#watched = watched
    this.#inside = inside
    this.#files = files
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    return this.#watched.apply(command, context)
  }

  query(query: unknown): unknown {
    return this.#watched.query(query)
  }

  snapshot(): Iterator<Uint8Array> {
    return this.#watched.snapshot()
  }

  restore(): SnapshotSink {
    return this.#watched.restore()
  }

  clone(): StateMachine {
    const copy = this.#watched.clone()
    const frozen = this.#inside.newestClone!
    copy.release = () => frozen.release()
    return copy
  }

  hash(): number {
    return this.#watched.hash!()
  }

  appliedIndex(): number {
    return this.#files.appliedIndex()
  }

  persist(point: MachinePoint): void {
    this.#files.persist(point)
  }

  records(): Iterable<readonly [number, Uint8Array]> {
    return this.#files.records()
  }
}

function fileIn(folder: string): string {
  return path.join(folder, "data.mdb")
}
