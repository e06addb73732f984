/**
 * A world that somebody looks at and acts on, with all of its past at hand.
 *
 * Time is the number of the event. Every so many events a copy of the world is kept, so that going anywhere is a copy and a short re-execution of
 * production code; what comes out there is what was there, to the last bit. Acting anywhere but at the end of a branch begins a new one.
 */

import {
  createTrace,
  production,
  World,
  type WorldAction,
  type Build,
  type InFlight,
  type Trace,
  type TraceAction,
  type TraceMode,
  type TraceSource,
  type WorldEvent,
  type WorldOptions,
} from "oarlock/simulator"
import { explainStep, Phases, ReplicaWitness, type ReplicaStep } from "oarlock/simulator/internal"
import { plainNames, type Names } from "../world/names.ts"
import { branchOff, checkpointBefore, firstBranch, keepCheckpoint, type Branch, type Checkpoint } from "./branch.ts"
import { momentAfter, momentOf, type Moment } from "./moment.ts"
import { closeFrom, Nearby } from "./nearby.ts"
import { Texts } from "./texts.ts"

/** A run to go through again. */
export interface Recorded {
  readonly actions: readonly TraceAction[]
  readonly mode: TraceMode
  readonly build: Build
  readonly buildName: string
  readonly names: Names
}

/** Where a branch can stand: after an event, and after that many of the branch's actions. */
export interface BranchPosition {
  readonly step: number
  readonly done: number
}

export interface Position extends BranchPosition {
  readonly branch: number
}

const nothingRecorded: Recorded = { actions: [], mode: "script", build: production, buildName: "production", names: plainNames }

export class TimeMachine {
  readonly options: WorldOptions
  /** Who leads the world through its run, as in a trace. */
  readonly mode: TraceMode
  /** Which code runs: what a trace calls it. */
  readonly buildName: string
  /** What its registers and values are called. */
  readonly names: Names
  readonly branches: Branch[]
  readonly #witness: ReplicaWitness
  /** What is told of events. */
  readonly #texts = new Texts()
  #nearby = new Nearby()
  /** For `worldOf`: the next look elsewhere goes on from there. */
  readonly #nearbyThere = new Nearby()
  /** How many actions of each branch are part of its moments. */
  readonly #told = new WeakMap<Branch, number>()
  #branch: Branch
  #world: World
  /** How many of the branch's actions the world has seen. */
  #done = 0
  #known: { readonly world: World; readonly order: number; readonly inFlight: readonly InFlight[] } | null = null
  /** Whether what this branch did next right here was undone, and is not to be done again. */
  #isUndone = false

  /** It stands at the beginning; `replay` goes through what was recorded. */
  constructor(options: WorldOptions, recorded: Recorded = nothingRecorded) {
    const { actions, mode, build, buildName, names } = recorded
    this.options = options
    this.mode = mode
    this.buildName = buildName
    this.names = names
    this.#witness = new ReplicaWitness(build)
    this.#world = World.create(options, this.#witness.build)
    this.#branch = firstBranch(actions)
    this.branches = [this.#branch]
    keepCheckpoint(this.#branch, this.#world, 0)
    const nothing = { event: null, actions: [], explanations: [], elected: null, isPurge: false, done: 0 } as const
    this.#branch.moments.push(momentOf(this.#world, nothing, null, this.#texts))
    this.#catchUp()
  }

  get world(): World {
    return this.#world
  }

  /** Every message on its way, as of the world: looked up once for all who look at the same moment. */
  get inFlight(): readonly InFlight[] {
    if (this.#known?.world !== this.#world || this.#known.order !== this.order) {
      this.#known = { world: this.#world, order: this.order, inFlight: this.#world.inFlight() }
    }
    return this.#known.inFlight
  }

  get branch(): Branch {
    return this.#branch
  }

  /** The number of the latest event. */
  get step(): number {
    return this.#world.eventNumber
  }

  /** The last event that this branch was told to. */
  get end(): number {
    return this.#branch.moments.length - 1
  }

  get moment(): Moment {
    return momentAfter(this.#branch.moments[this.step]!, this.#done)
  }

  get position(): Position {
    return { branch: this.#branch.id, step: this.step, done: this.#done }
  }

  /** How far the branch's record counts: see there. */
  get order(): number {
    return this.step + this.#done
  }

  /** What was done so far on this branch, up to where it stands. */
  get done(): readonly TraceAction[] {
    return this.#branch.actions.slice(0, this.#done)
  }

  /** The next event, and what was done right after it. False if nothing is left to happen. After an undo this is another course: a new branch. */
  forward(): boolean {
    if (this.#branch.actions[this.#done]?.step === this.step) {
      if (this.#isUndone) this.#leave()
      else this.#catchUp()
    }
    return this.#forward()
  }

  /** Nearer to a position further on along this branch: what was done right here before it, else the next event. False once it stands there. */
  approach({ step, done }: BranchPosition): boolean {
    if (this.order >= step + done) return false
    if (this.#branch.actions[this.#done]?.step !== this.step) return this.#forward(done)
    this.#catchUp(done)
    return true
  }

  /** No further than to action `limit`. Keeps worlds for steps back as `Nearby.pass` does; none for null. */
  #forward(limit = Infinity, from: number | null = Infinity): boolean {
    const refusedBefore = this.#world.coverage.refused
    const event = this.#next()
    if (this.#world.violation !== null) this.#branch.violatedAt = this.step
    if (event === null) return false
    this.#tell(event, [], this.#world.coverage.refused > refusedBefore)
    this.#catchUp(limit)
    keepCheckpoint(this.#branch, this.#world, this.#done)
    if (from !== null) this.#nearby.pass(this.#branch, this.#world, this.#done, from)
    return true
  }

  /** What happens next, once it has; null if nothing does. */
  #next(): WorldEvent | null {
    if (this.mode !== "swarm") return this.#world.step()
    const before = this.step
    new Phases(this.#world).step()
    return this.step === before ? null : this.#world.recent.at(-1)!
  }

  /** The next event of a run that was recorded, with all that was done in it. False at the end. */
  replay(): boolean {
    return this.#forward(Infinity, null)
  }

  /** To the state after event `step`, which this branch must have been told to. */
  seek(step: number): void {
    const target = Math.max(0, Math.min(step, this.end))
    const from = closeFrom(this.step, target)
    const start = this.#startOf(target)
    // Going on from where we are may be shorter; it never is when going back.
    if (target < this.step || start.step > this.step) this.#beginAt(start)
    if (this.step < target) this.#catchUp()
    while (this.step < target && this.#forward(Infinity, from));
  }

  /** From where the way to a place of this branch is short. */
  #startOf(step: number, done = Infinity): Checkpoint {
    const checkpoint = checkpointBefore(this.#branch, step, done)
    const nearby = this.#nearby.before(this.#branch, step, done)
    return nearby !== null && nearby.step >= checkpoint.step ? nearby : checkpoint
  }

  #beginAt({ world, done }: Checkpoint, limit = Infinity): void {
    this.#world = world.clone()
    this.#done = done
    this.#catchUp(limit)
  }

  /**
   * To where it stood before: unlike `seek`, this can be between two actions that were done after the same event. Going on from there does again
   * what was done next, unless that `isUndone`.
   */
  goTo({ branch: id, step, done }: Position, isUndone = false): void {
    const branch = this.branches.find((one) => one.id === id)
    if (branch === undefined) return
    this.#branch = branch
    this.#isUndone = isUndone
    this.#beginAt(this.#startOf(step, done), done)
    while (this.step < step && this.#forward(done));
  }

  /** A new branch begins here, although nothing is different in it so far. */
  fork(): void {
    this.#leave()
  }

  /** A world of another branch as it was after event `step`, or at its end. Nobody is led there. */
  worldOf(id: number, step: number): World {
    const [branch, world, done, nearby] = [this.#branch, this.#world, this.#done, this.#nearby]
    this.#nearby = this.#nearbyThere
    try {
      this.change(id, step)
      return this.#world
    } finally {
      // Going there left this world alone: no way back has to be gone.
      this.#branch = branch
      this.#world = world
      this.#done = done
      this.#nearby = nearby
    }
  }

  /**
   * Does something now. Where this branch has a future, or did something else here, a new branch begins. Throws a `RangeError` if it cannot be
   * done; then nothing has changed.
   */
  act(action: WorldAction): void {
    const hasFuture = this.step < this.end || this.#done < this.#branch.actions.length
    // Tried on a copy first: what cannot be done must leave no trace.
    const before = this.#world.clone()
    const refusedBefore = before.coverage.refused
    try {
      this.#world.act(action)
    } catch (error) {
      this.#world = before
      this.#witness.take()
      throw error
    }
    if (hasFuture) this.#leave()
    this.#branch.actions.push({ step: this.step, op: action })
    this.#done += 1
    this.#tell(null, [action], this.#world.coverage.refused > refusedBefore)
  }

  /** To another branch, at the moment where it left, or where this one did, if that comes first. */
  change(id: number, step?: number): void {
    const branch = this.branches.find((one) => one.id === id)
    if (branch === undefined) return
    this.#branch = branch
    this.#beginAt(this.#startOf(step ?? branch.left?.step ?? 0))
    this.seek(step ?? branch.moments.length - 1)
  }

  /** The run of this branch from its beginning to its end, as a file. */
  trace(source: TraceSource): Trace {
    return createTrace(this.worldOf(this.#branch.id, this.end), source)
  }

  #leave(): void {
    const branch = branchOff(this.#branch, this.branches.length + 1, this.step, this.#done)
    this.branches.push(branch)
    this.#told.set(branch, this.#done)
    this.#branch = branch
  }

  /** Does what this branch did right after the event that has just happened. */
  #catchUp(limit = Infinity): void {
    for (let next = this.#branch.actions[this.#done]; next?.step === this.step; next = this.#branch.actions[this.#done]) {
      if (this.#done >= limit) return
      const refusedBefore = this.#world.coverage.refused
      this.#world.act(next.op)
      this.#done += 1
      this.#tell(null, [next.op], this.#world.coverage.refused > refusedBefore)
    }
  }

  /** Writes down what has just happened, unless it is written down already. */
  #tell(event: WorldEvent | null, actions: readonly WorldAction[], isRefused: boolean): void {
    const steps = this.#witness.take()
    const { moments, record } = this.#branch
    const { eventNumber: step } = this.#world
    const isKnown = event === null ? this.#isTold(step) : step < moments.length
    if (isKnown) return
    const purges = record.purges.length
    record.note(this.#world, { event, actions, steps, order: this.order, isRefused })
    const isPurge = record.purges.length > purges
    const seen = { event, actions, explanations: steps.flatMap(explainStep), elected: electedIn(steps), isPurge, done: this.#done }
    moments[step] = momentOf(this.#world, seen, event === null ? (moments[step] ?? null) : null, this.#texts)
    if (event === null) this.#told.set(this.#branch, Math.max(this.#told.get(this.#branch) ?? 0, this.#done))
  }

  #isTold(step: number): boolean {
    return step < this.#branch.moments.length - 1 || this.#done <= (this.#told.get(this.#branch) ?? 0)
  }
}

function electedIn(steps: readonly ReplicaStep[]): Moment["elected"] {
  const winner = steps.find(({ before, after }) => after.role === "leader" && (before.role !== "leader" || before.term !== after.term))
  return winner === undefined ? null : { id: winner.after.id, term: winner.after.term }
}
