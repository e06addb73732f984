/**
 * The space that is searched: where it begins, and what one action makes of a situation.
 *
 * A situation is a row of numbers: the state of each server, the history, the crashes so far, then the messages, ascending. All but the crashes
 * are numbers in tables, which also hold their fingerprints. A message that was sent stays for good: it may arrive at any time, any
 * number of times, after or before any other, or never. So loss, repetition, delay and reordering are without limit, and need no actions.
 */

import { invariant } from "../../core/index.ts"
import { FingerprintSum, FingerprintTable } from "./fingerprint.ts"
import { HistoryTable } from "./history.ts"
import { isTooLate } from "./lateness.ts"
import { MessageTable } from "./message-table.ts"
import type { Complaint } from "./properties/server-properties.ts"
import { checkWorldStep } from "./properties/world-properties.ts"
import { firstDelivery, isCrash, ServerTable, type InputCode, type ServerOutcome } from "./server-table.ts"
import { startServer, type WorldSetting } from "./server.ts"
import { renamingsOf } from "./symmetry.ts"

/** One server's input, as a number: which server, which input. */
export type ActionCode = number

export interface SpaceOptions {
  /** Names of the properties that are looked at. */
  readonly properties: readonly string[]
  /** Explore only one of all situations that differ in nothing but the servers' names. */
  readonly symmetry: boolean
  /** Forget messages that have come too late for good. */
  readonly forgetLate: boolean
}

/** Told of every step that changes anything; where it leads to is in `next` and `fingerprint`. */
export type OnStep = (action: ActionCode, complaint: Complaint | null) => void

export class WorldSpace {
  readonly messages: MessageTable
  readonly servers: ServerTable
  readonly histories: HistoryTable
  /** The situation that a step leads to, the first `nextLength` numbers of it. */
  readonly next = new Int32Array(situationLengthMax)
  nextLength = 0
  readonly fingerprint: FingerprintSum
  readonly serverCount: number
  readonly #setting: WorldSetting
  readonly #asked: ReadonlySet<string>
  readonly #forgetsLate: boolean
  /** The fingerprint of the situation that is expanded. */
  readonly #origin: FingerprintSum
  readonly #crashes: FingerprintTable

  constructor(setting: WorldSetting, options: SpaceOptions) {
    const { bounds } = setting
    const renamings = renamingsOf(bounds).slice(0, options.symmetry ? undefined : 1)
    const asked = new Set(options.properties)
    this.#setting = setting
    this.#asked = asked
    this.#forgetsLate = options.forgetLate
    this.serverCount = bounds.servers + bounds.joining
    this.messages = new MessageTable(renamings, bounds)
    this.servers = new ServerTable(setting, this.messages, renamings, asked)
    this.histories = new HistoryTable(renamings)
    this.fingerprint = new FingerprintSum(renamings.length)
    this.#origin = new FingerprintSum(renamings.length)
    this.#crashes = new FingerprintTable(renamings.length)
    for (let crashes = 0; crashes <= bounds.crashes; crashes++) {
      for (let i = 0; i < renamings.length; i++) this.#crashes.set(crashes, i, `crashes ${crashes}`)
    }
    this.#begin()
  }

  /** Goes through everything that can happen in `situation`. */
  expand(situation: Int32Array, onStep: OnStep): void {
    this.#sum(this.#origin, situation)
    for (let slot = 0; slot < this.serverCount; slot++) {
      for (const code of this.servers.facts[situation[slot]!]!.inputs) this.#try(situation, slot, code, onStep)
    }
    const { receivers } = this.messages
    for (let at = this.#firstMessage; at < situation.length; at++) {
      const message = situation[at]!
      this.#try(situation, receivers[message]! - 1, firstDelivery + message, onStep)
    }
  }

  /** What `action` does in `situation`, as `expand` would show it. */
  follow(situation: Int32Array, action: ActionCode, onStep: OnStep): void {
    this.#sum(this.#origin, situation)
    this.#try(situation, slotOf(action), inputOf(action), onStep)
  }

  get #firstMessage(): number {
    return this.serverCount + 2
  }

  #begin(): void {
    const { next, serverCount } = this
    const sent: number[] = []
    for (let slot = 0; slot < serverCount; slot++) {
      const step = startServer(this.#setting, slot + 1)
      next[slot] = this.servers.intern(step.server)
      sent.push(...step.sent.map((message) => this.messages.intern(message)))
    }
    next[serverCount] = this.histories.intern({ leaders: [], committed: [] })
    next[serverCount + 1] = 0
    next.set(
      sent.sort((a, b) => a - b),
      this.#firstMessage,
    )
    this.nextLength = this.#firstMessage + sent.length
    this.#sum(this.fingerprint, next.subarray(0, this.nextLength))
    this.fingerprint.choose()
  }

  #sum(sum: FingerprintSum, situation: Int32Array): void {
    const { serverCount } = this
    sum.clear()
    for (let slot = 0; slot < serverCount; slot++) sum.add(this.servers.fingerprints, situation[slot]!)
    sum.add(this.histories.fingerprints, situation[serverCount]!)
    sum.add(this.#crashes, situation[serverCount + 1]!)
    for (let at = this.#firstMessage; at < situation.length; at++) sum.add(this.messages.fingerprints, situation[at]!)
  }

  #try(situation: Int32Array, slot: number, code: InputCode, onStep: OnStep): void {
    const { next, serverCount, fingerprint } = this
    const isOver = isCrash(code) && situation[serverCount + 1]! >= this.#setting.bounds.crashes
    const outcome = isOver ? null : this.servers.outcome(situation[slot]!, code)
    if (outcome === null) return
    fingerprint.copy(this.#origin)
    for (let at = 0; at < this.#firstMessage; at++) next[at] = situation[at]!
    next[slot] = outcome.server
    const hasMoved = this.#carryMessages(situation, slot, outcome) || outcome.server !== situation[slot]
    if (!hasMoved && outcome.complaint === null) return
    if (isCrash(code)) next[serverCount + 1]! += 1
    const complaint = outcome.complaint ?? this.#judge(slot, outcome)
    replace(fingerprint, this.servers.fingerprints, situation[slot]!, next[slot])
    replace(fingerprint, this.histories.fingerprints, situation[serverCount]!, next[serverCount]!)
    replace(fingerprint, this.#crashes, situation[serverCount + 1]!, next[serverCount + 1]!)
    fingerprint.choose()
    onStep(toAction(slot, code), complaint)
  }

  #judge(slot: number, { elected, logChanged, commitChanged }: ServerOutcome): Complaint | null {
    if (elected === 0 && !logChanged && !commitChanged) return null
    const { next, serverCount } = this
    const servers = Array.from({ length: serverCount }, (_, at) => this.servers.facts[next[at]!]!)
    const history = this.histories.histories[next[serverCount]!]!
    const judgement = checkWorldStep({ servers, mover: servers[slot]!, elected, logChanged, commitChanged, history }, this.#asked)
    if (judgement.history !== history) next[serverCount] = this.histories.intern(judgement.history)
    return judgement.complaint
  }

  /**
   * Writes the messages of the situation and those that were sent into `next`, without what has come too late. Returns whether there is any difference.
   */
  #carryMessages(situation: Int32Array, slot: number, outcome: ServerOutcome): boolean {
    const { next, messages, fingerprint } = this
    const { facts } = this.servers
    const { sent } = outcome
    const hasMoved = outcome.server !== situation[slot]
    let isDifferent = false
    let end = this.#firstMessage
    let at = this.#firstMessage
    let position = 0
    while (at < situation.length || position < sent.length) {
      const carried = at < situation.length ? situation[at]! : Infinity
      const added = position < sent.length ? sent[position]! : Infinity
      if (carried <= added) at += 1
      if (added <= carried) position += 1
      const message = Math.min(carried, added)
      const isNew = added < carried
      const receiver = messages.receivers[message]! - 1
      const mayBeLate = this.#forgetsLate && (isNew || (hasMoved && receiver === slot))
      const isExpired = mayBeLate && isTooLate(messages.lifetimes[message]!, facts[next[receiver]!]!.patience)
      if (!isExpired) next[end++] = message
      if (isNew === isExpired) continue
      isDifferent = true
      if (isNew) fingerprint.add(messages.fingerprints, message)
      else fingerprint.subtract(messages.fingerprints, message)
    }
    invariant(end <= next.length, "a situation with too many messages", { messages: end })
    this.nextLength = end
    return isDifferent
  }
}

export function slotOf(action: ActionCode): number {
  return action & slotMask
}

export function inputOf(action: ActionCode): InputCode {
  return action >>> slotBits
}

function toAction(slot: number, code: InputCode): ActionCode {
  return (code << slotBits) | slot
}

function replace(sum: FingerprintSum, table: FingerprintTable, before: number, after: number): void {
  if (before === after) return
  sum.subtract(table, before)
  sum.add(table, after)
}

const slotBits = 3
const slotMask = (1 << slotBits) - 1

/** Numbers in one situation. */
const situationLengthMax = 4096
