/**
 * Numbers the states that single servers get into, and remembers every step of one.
 *
 * A world of three servers has millions of situations, but each server has only thousands of states. So the production core runs once for each
 * state and input, and exploring is arithmetic with numbers: that is what makes it fast, and a situation small.
 */

import { InvariantError, type Term } from "../../core/index.ts"
import { FingerprintTable } from "./fingerprint.ts"
import { keyOfEntry, keyOfServer, type Renaming } from "./keys.ts"
import { patienceOf, type Patience } from "./lateness.ts"
import type { MessageTable } from "./message-table.ts"
import { checkServerStep, type Complaint } from "./properties/server-properties.ts"
import { inputsOf, stepServer, type Input, type Server, type ServerStep, type WorldSetting } from "./server.ts"

/** Inputs by number; messages follow from `firstDelivery` on. */
export type InputCode = number

export const firstDelivery = 32

const innerInputs: readonly Input["kind"][] = [
  "timeout",
  "heartbeat",
  "quorumLost",
  "leaderContactEnds",
  "precedenceEnds",
  "propose",
  "change",
  "sync",
]
const firstCrash = innerInputs.length

/** What one input does to one server. */
export interface ServerOutcome {
  /** The number of the state that it leads to. */
  readonly server: number
  /** Numbers of messages, ascending, each once. */
  readonly sent: readonly number[]
  /** The first property of this server alone that the step breaks. */
  readonly complaint: Complaint | null
  /** The term that it has just been elected in; 0 if it was not. */
  readonly elected: Term
  readonly logChanged: boolean
  readonly commitChanged: boolean
}

/** What is asked of a state over and over. */
export interface ServerFacts {
  readonly server: Server
  readonly isLeader: boolean
  readonly term: Term
  readonly patience: Patience
  readonly commitIndex: number
  /** Each entry as text, from index 1 on. */
  readonly log: readonly string[]
  readonly inputs: readonly InputCode[]
}

export class ServerTable {
  readonly facts: ServerFacts[] = []
  readonly fingerprints: FingerprintTable
  /** How many steps the core has made. */
  steps = 0
  readonly #outcomes: Map<InputCode, ServerOutcome | null>[] = []
  readonly #numbers = new Map<string, number>()
  readonly #setting: WorldSetting
  readonly #messages: MessageTable
  readonly #renamings: readonly Renaming[]
  readonly #asked: ReadonlySet<string>

  constructor(setting: WorldSetting, messages: MessageTable, renamings: readonly Renaming[], asked: ReadonlySet<string>) {
    this.#setting = setting
    this.#messages = messages
    this.#renamings = renamings
    this.#asked = asked
    this.fingerprints = new FingerprintTable(renamings.length)
  }

  intern(server: Server): number {
    const key = keyOfServer(server, this.#renamings[0]!)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.facts.length
    this.#numbers.set(key, number)
    this.facts.push(this.#factsOf(server))
    this.#outcomes.push(new Map())
    for (const [i, names] of this.#renamings.entries()) this.fingerprints.set(number, i, `server ${keyOfServer(server, names)}`)
    return number
  }

  /** What input `code` does to server state `number`; null for nothing at all, or nothing within the bounds. */
  outcome(number: number, code: InputCode): ServerOutcome | null {
    const known = this.#outcomes[number]!.get(code)
    if (known !== undefined) return known
    const outcome = this.#step(number, code)
    this.#outcomes[number]!.set(code, outcome)
    return outcome
  }

  inputOf(code: InputCode): Input {
    if (code >= firstDelivery) return { kind: "deliver", message: this.#messages.messages[code - firstDelivery]! }
    if (code >= firstCrash) return { kind: "crash", kept: code - firstCrash }
    return { kind: innerInputs[code] } as Input
  }

  #factsOf(server: Server): ServerFacts {
    const { raft } = server
    const names = this.#renamings[0]!
    return {
      server,
      isLeader: raft.state.role.kind === "leader",
      term: raft.state.term,
      patience: patienceOf(server),
      commitIndex: raft.commitIndex,
      log: raft.lastIndex === 0 ? [] : raft.entries(1, raft.lastIndex).map((entry) => keyOfEntry(entry, names)),
      inputs: inputsOf(this.#setting, server).map(codeOf),
    }
  }

  #step(number: number, code: InputCode): ServerOutcome | null {
    const before = this.facts[number]!
    const input = this.inputOf(code)
    this.steps += 1
    const step = this.#run(before.server, input)
    if (typeof step === "string") {
      // A server that halts does nothing any more, which any server may do at any time: nothing is lost by going no further.
      if (!this.#asked.has("halt")) return null
      const complaint = { property: "halt", reason: `server ${before.server.id} halted: ${step}` }
      return { server: number, sent: [], complaint, elected: 0, logChanged: false, commitChanged: false }
    }
    const { raft } = step.server
    if (raft.state.term > this.#setting.bounds.terms) return null
    const server = this.intern(step.server)
    const sent = [...new Set(step.sent.map((message) => this.#messages.intern(message)))].sort((a, b) => a - b)
    const complaint = checkServerStep(before.server, step, input.kind === "crash", this.#asked)
    if (server === number && sent.length === 0 && complaint === null) return null
    const after = this.facts[server]!
    return {
      server,
      sent,
      complaint,
      elected: after.isLeader && !(before.isLeader && before.term === after.term) ? after.term : 0,
      logChanged: after.log.length !== before.log.length || after.log.some((text, i) => text !== before.log[i]),
      commitChanged: after.commitIndex !== before.commitIndex,
    }
  }

  #run(server: Server, input: Input): ServerStep | string {
    try {
      return stepServer(this.#setting, server, input)
    } catch (error) {
      if (error instanceof InvariantError) return error.message
      throw error
    }
  }
}

/** Whether input `code` is a crash: the only one that is counted. */
export function isCrash(code: InputCode): boolean {
  return code >= firstCrash && code < firstDelivery
}

function codeOf(input: Input): InputCode {
  return input.kind === "crash" ? firstCrash + input.kept : innerInputs.indexOf(input.kind)
}
