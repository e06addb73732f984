/** What can happen in a world: one of these at a time, in the order of their moments. Plain data, so that a queue of them can be shared. */

import type { NodeId } from "../../core/index.ts"
import type { Outcome, ReadResult } from "../../replica/index.ts"
import type { DiskLane } from "../../storage/index.ts"
import { messageName } from "../network/network.ts"
import type { WorldAction } from "./action.ts"
import { describeAction } from "./describe-action.ts"

/**
 * Something that happens in a world. `describeEvent` says each in a sentence; `life` is the start of the server that it is meant for, and it is lost
 * if that is over.
 */
export type WorldEvent =
  /** A server takes a step: its deadline has come, or it has time again for what arrived. */
  | { readonly kind: "run"; readonly node: NodeId }
  | Delivery
  /** The disk request under way in a lane is done. */
  | { readonly kind: "disk"; readonly node: NodeId; readonly life: number; readonly lane: DiskLane }
  /** A node is told that it cannot reach a peer. */
  | { readonly kind: "hint"; readonly node: NodeId; readonly life: number; readonly peer: NodeId }
  /** Two servers shake hands, if they can reach each other. */
  | { readonly kind: "greet"; readonly one: NodeId; readonly other: NodeId }
  /** A client ends its pause, and begins its next operation. */
  | { readonly kind: "think"; readonly client: number }
  /** A client sends its current request, again or for the first time. */
  | { readonly kind: "send"; readonly client: number; readonly attempt: number }
  /** A client's attempt reaches a server. */
  | { readonly kind: "request"; readonly client: number; readonly attempt: number; readonly node: NodeId }
  /** An answer reaches its client. `opening`: to the request for a session, and not to the operation itself. */
  | {
      readonly kind: "answer"
      readonly client: number
      readonly attempt: number
      readonly opening: boolean
      readonly answer: Outcome | ReadResult
    }
  /** A client gives an attempt up: it has waited for its timeout, or lost its connection. */
  | { readonly kind: "silence"; readonly client: number; readonly attempt: number }
  /** The next strike of a fault plan. */
  | { readonly kind: "strike"; readonly plan: number; readonly number: number }
  /** Something is done to the world that was planned for this moment. */
  | { readonly kind: "act"; readonly action: WorldAction }
  /** The operator sees to it that a server is replaced whose disk is gone or was refused. */
  | { readonly kind: "replace"; readonly node: NodeId }
  /** The operator of a cluster without PreVote turns removed servers off. */
  | { readonly kind: "turnOffRemoved" }
  /** A step of the script is due. */
  | { readonly kind: "script"; readonly position: number }

/** A copy of a message arrives. */
export interface Delivery {
  readonly kind: "deliver"
  readonly from: NodeId
  readonly to: NodeId
  readonly number: number
  /** 0 for the message itself, then its duplicates. */
  readonly copy: number
  /** Of the sender's disk: what the handshake on its connection said. */
  readonly incarnation: string
  /** The message as bytes. */
  readonly frame: Uint8Array
}

/** An event in a sentence. */
export function describeEvent(event: WorldEvent): string {
  switch (event.kind) {
    case "run":
      return `S${event.node} wakes up: a timer is due, or messages wait`
    case "deliver":
      return `${messageName(event.from, event.to, event.number, event.copy)} arrives (${event.frame.length} bytes)`
    case "disk":
      return `S${event.node}'s disk finishes a ${event.lane} request`
    case "hint":
      return `S${event.node} hears that S${event.peer} is unreachable`
    case "greet":
      return `S${event.one} and S${event.other} shake hands`
    case "think":
      return `C${event.client} begins`
    case "send":
      return `C${event.client} sends attempt ${event.attempt}`
    case "request":
      return `C${event.client}'s attempt ${event.attempt} reaches S${event.node}`
    case "answer":
      return `C${event.client}'s attempt ${event.attempt} is answered: ${event.answer.kind}`
    case "silence":
      return `C${event.client} gives up on attempt ${event.attempt}`
    case "strike":
      return `fault plan ${event.plan} strikes for time ${event.number}`
    case "act":
      return describeAction(event.action)
    case "replace":
      return `the operator looks after S${event.node}`
    case "turnOffRemoved":
      return "the operator turns off servers that were removed"
    case "script":
      return `step ${event.position + 1} of the script`
    default:
      return event satisfies never
  }
}
