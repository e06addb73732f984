/**
 * Turns what the nodes of a dev cluster observe into the story that `npm start` tells: who leads, who lost it, who belongs, what broke.
 *
 * Every node tells its own view, so most things are told several times; the narrator says each once. It decides nothing: sentences come
 * out, and who leads as far as the cluster itself has said.
 */

import { type Observation } from "../../server/index.ts"
import type { ClusterStatus } from "../../server/index.ts"
import { describeConfiguration, describeObservation, namesOf } from "../../server/internal.ts"

type Configuration = ClusterStatus["configuration"]

export interface KnownLeader {
  readonly id: number
  readonly term: number
}

export class Narrator {
  readonly #names = new Map<number, string>()
  #configurationIndex = -1
  #members = ""
  #leader: KnownLeader | null = null
  #newestTerm = 0

  constructor(nodes: readonly { readonly id: number; readonly name: string }[]) {
    for (const node of nodes) this.#names.set(node.id, node.name)
  }

  /** The leader of the newest term that had one, unless it is known to have lost it. */
  get leader(): KnownLeader | null {
    return this.#leader
  }

  nameOf = (id: number): string => this.#names.get(id) ?? `node ${id}`

  /** The node is no more, or stands still: it does not lead, whatever it said last. */
  lost(id: number): void {
    if (this.#leader?.id === id) this.#leader = null
  }

  /** What a node started with: the members as of now, which is not news. */
  began(configuration: Configuration): void {
    if (configuration.index < this.#configurationIndex) return
    this.#learnNames(configuration)
    this.#configurationIndex = configuration.index
    this.#members = describeConfiguration(configuration)
  }

  /** A sentence about something that a person would want to hear, or null. */
  tell(id: number, observation: Observation): string | null {
    switch (observation.kind) {
      case "becameLeader":
        if (observation.term <= this.#newestTerm) return null
        this.#newestTerm = observation.term
        this.#leader = { id, term: observation.term }
        return this.#describe(id, observation)
      case "steppedDown":
        this.lost(id)
        return this.#describe(id, observation)
      case "configurationActive":
        this.#learnNames(observation.configuration)
        return null
      case "configurationCommitted":
        return this.#tellMembers(observation.configuration)
      case "becameCandidate":
      case "transferStarted":
      case "snapshotInstalled":
      case "snapshotDamaged":
      case "snapshotCorrupt":
      case "recoveryNotice":
      case "truncated":
      case "diskFull":
      case "diskRecovered":
      case "diskStalled":
      case "committedLost":
      case "peerRolledBack":
      case "paused":
      case "snapshotFailed":
      case "statesDiffer":
      case "stalled":
      case "commandsRefused":
      case "halted":
        return this.#describe(id, observation)
      case "becameFollower":
      case "becamePreCandidate":
      case "leaderKnown":
      case "transferEnded":
      case "followerState":
      case "snapshotTaken":
      case "snapshotSent":
      case "compacted":
      case "sessionExpired":
      // Every node tells the first of these, and the others are told by those that they happen to.
      case "waitsToBegin":
      case "clusterBegins":
      case "refusedBy":
        return null
      default:
        observation satisfies never
        return null
    }
  }

  #describe(id: number, observation: Observation): string {
    return describeObservation(observation, this.nameOf(id), this.nameOf)
  }

  /** Every node commits the same configuration; the first one's word counts. */
  #tellMembers(configuration: Configuration): string | null {
    if (configuration.index <= this.#configurationIndex) return null
    this.#learnNames(configuration)
    this.#configurationIndex = configuration.index
    const members = describeConfiguration(configuration)
    const isNews = members !== this.#members
    this.#members = members
    return isNews ? `the members are now ${members}` : null
  }

  #learnNames(configuration: Configuration): void {
    const nameOf = namesOf(configuration)
    for (const member of configuration.members) this.#names.set(member.id, nameOf(member.id))
  }
}
