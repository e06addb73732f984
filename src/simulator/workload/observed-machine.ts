/**
 * Any state machine with a witness: what is applied and restored is noted in a journal that the world reads after every step.
 *
 * One journal serves all nodes and all forks of a world: they run one at a time, and it is empty between steps.
 */

import type { ApplyContext, MachinePoint, SnapshotSink, StateMachine } from "../../replica/index.ts"
import { isHashedAt, isRestoredAt } from "../ground/hashed-indexes.ts"
import { copyOfOne } from "../ground/slab.ts"

export type JournalRecord =
  | {
      readonly kind: "applied"
      readonly index: number
      readonly timeMs: number
      readonly command: Uint8Array
      readonly result: Uint8Array
      /** The machine's hash after this command; null where it was not asked. */
      readonly hash: number | null
      /** That of another machine, restored from what a snapshot after this command holds; null where that was not looked at. */
      readonly restoredHash: number | null
    }
  /** It threw at a command. */
  | { readonly kind: "refused"; readonly index: number; readonly timeMs: number }
  /** The whole state was replaced by a snapshot's. */
  | { readonly kind: "restored"; readonly hash: number }

/** The state that a machine keeps on disk, as of an entry. `machine` is a copy to which nothing is applied. */
export interface KeptPoint {
  readonly index: number
  readonly machine: StateMachine
  readonly records: ReadonlyMap<number, Uint8Array>
}

/** What machines did since somebody last took it. */
export interface Journal {
  records: JournalRecord[]
  /** What they have made durable since: what a process finds that starts after this. */
  kept: KeptPoint[]
}

/** A query that makes the machine apply `command`, which stands in no log. */
export class Spoiling {
  readonly command: Uint8Array

  constructor(command: Uint8Array) {
    this.command = command
  }
}

/** What a result turns into once it is no longer good. */
const spent = 0xdd

export class ObservedMachine implements StateMachine {
  protected readonly create: () => StateMachine
  protected readonly inner: StateMachine
  protected readonly journal: Journal
  protected readonly hashEvery: number
  /** The last result: good until the next call, and no longer. */
  private lent: Uint8Array = new Uint8Array(0)
  /** The machine's hash, if it was asked since the last change. */
  private known: number | null = null

  /** Asks for the hash at indexes that `hashEvery` divides: 1, at all of them, suits a machine whose hash is cheap. */
  constructor(create: () => StateMachine, journal: Journal, hashEvery: number, inner = create()) {
    this.create = create
    this.inner = inner
    this.journal = journal
    this.hashEvery = hashEvery
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    // A machine that still needs it breaks its contract.
    this.lent.fill(spent)
    // The machine owns neither buffer, and neither do we: both are kept here beyond the call.
    const kept = copyOfOne(command)
    const { index, timeMs } = context
    let result: Uint8Array
    try {
      result = this.inner.apply(command, context)
    } catch (error) {
      this.journal.records.push({ kind: "refused", index, timeMs })
      throw error
    }
    // Restoring asks the machine again: after that its result may be gone.
    const keptResult = copyOfOne(result)
    const isRestored = isRestoredAt(index)
    const hash = isRestored || isHashedAt(index, this.hashEvery) ? hashOf(this.inner) : null
    this.known = hash
    const restoredHash = isRestored ? this.hashRestored() : null
    this.journal.records.push({ kind: "applied", index, timeMs, command: kept, result: keptResult, hash, restoredHash })
    this.lent = copyOfOne(keptResult)
    return this.lent
  }

  private hashRestored(): number {
    const restored = this.create()
    const sink = restored.restore()
    const chunks = this.inner.snapshot()
    for (let chunk = chunks.next(); chunk.done !== true; chunk = chunks.next()) sink.write(chunk.value)
    sink.finish()
    return hashOf(restored)
  }

  query(query: unknown): unknown {
    if (query instanceof Spoiling) {
      this.inner.apply(query.command, { index: 1, timeMs: 0 })
      this.known = null
      return null
    }
    return this.inner.query(query)
  }

  snapshot(): Iterator<Uint8Array> {
    return this.inner.snapshot()
  }

  restore(): SnapshotSink {
    const sink = this.inner.restore()
    return {
      write: (chunk) => sink.write(chunk),
      finish: () => {
        sink.finish()
        this.known = hashOf(this.inner)
        this.journal.records.push({ kind: "restored", hash: this.known })
      },
    }
  }

  clone(): ObservedMachine {
    return new ObservedMachine(this.create, this.journal, this.hashEvery, this.inner.clone())
  }

  hash(): number {
    this.known ??= hashOf(this.inner)
    return this.known
  }
}

/** One that keeps its state on disk: the journal tells what the disk holds from then on. */
export class KeptMachine extends ObservedMachine {
  private kept: KeptPoint | null

  /** Goes on from what is kept; from nothing if that is null. */
  constructor(create: () => StateMachine, journal: Journal, hashEvery: number, kept: KeptPoint | null, inner?: StateMachine) {
    super(create, journal, hashEvery, inner ?? kept?.machine.clone() ?? create())
    this.kept = kept
  }

  appliedIndex(): number {
    return this.kept?.index ?? 0
  }

  persist({ index, records: changed, isWhole }: MachinePoint): void {
    const records = new Map(isWhole ? [] : this.kept?.records)
    for (const [number, record] of changed) {
      if (record === null) records.delete(number)
      else records.set(number, record)
    }
    this.kept = { index, machine: this.inner.clone(), records }
    this.journal.kept.push(this.kept)
  }

  records(): Iterable<readonly [number, Uint8Array]> {
    return this.kept?.records ?? []
  }

  override clone(): KeptMachine {
    return new KeptMachine(this.create, this.journal, this.hashEvery, this.kept, this.inner.clone())
  }
}

/** A machine without a hash is only compared by its results. */
function hashOf(machine: StateMachine): number {
  return machine.hash?.() ?? 0
}
