/** What is done to a world, in words: one line for a trace. */

import type { MembershipChange } from "../../core/index.ts"
import type { ScriptedOperation } from "../clients/scripted-client.ts"
import type { WorldAction, LinkAction } from "./action.ts"

/** A pause that is longer, in milliseconds, lasts until somebody ends it. */
const foreverMs = 1_000_000

export function describeAction(action: WorldAction): string {
  switch (action.kind) {
    case "crash":
      return `S${action.node} ${action.powerLoss ? "loses power" : "is killed"}`
    case "restart":
      return `S${action.node} starts`
    case "pause":
      return `S${action.node} stands still${action.forMs < foreverMs ? ` for ${Math.round(action.forMs)} ms` : ""}`
    case "suspend":
      return `S${action.node}'s machine sleeps for ${Math.round(action.forMs)} ms, and its monotonic clock with it`
    case "stepClock":
      return `S${action.node}'s wall clock is set ${action.byMs < 0 ? "back" : "forward"} by ${Math.abs(Math.round(action.byMs))} ms`
    case "cut":
      return `cut: nothing gets from ${action.from.join(",")} to ${action.to.join(",")}`
    case "resume":
      return `S${action.node} goes on`
    case "wipe":
      return `S${action.node} loses its disk`
    case "copyDisk":
      return `a copy is made of S${action.node}'s disk`
    case "putBackDisk":
      return `S${action.node}'s disk is put back to the copy of it`
    case "timeout":
      return `S${action.node}'s clock jumps to its deadline`
    case "skewClock":
      return `S${action.node}'s clock runs at ${action.rate} times the world's`
    case "link":
      return describeLink(action)
    case "heal":
      return `fault ${action.fault} is healed`
    case "slowDisk":
      return `S${action.node}'s disk takes ${action.latencyMs} ms longer for ${Math.round(action.forMs)} ms`
    case "failSync":
      return `S${action.node}'s next sync fails`
    case "failWrite":
    case "failRead":
      return `S${action.node}'s next ${action.kind === "failRead" ? "read" : "write"} fails`
    case "misdirectWrite":
      return `S${action.node}'s next write to its ${action.target} lands elsewhere`
    case "upgrade":
      return `S${action.node} is ${action.newer ? "upgraded" : "downgraded"}`
    case "rot":
      return `a bit flips in S${action.node}'s ${action.target}`
    case "spoilState":
      return `S${action.node}'s state machine holds something else in memory`
    case "dropMessage":
      return `${action.message} is lost`
    case "duplicateMessage":
      return `${action.message} will arrive twice`
    case "deliverMessage":
      return `${action.message} is let through`
    case "holdMessage":
      return `${action.message} is held back`
    case "delayMessage":
      return `${action.message} takes ${action.byMs} ms longer`
    case "request":
      return `C${action.client} asks S${action.node}: ${describeOperation(action.operation)}`
    case "wait":
      return action.forMs > 0 ? `the script waits for ${Math.round(action.forMs)} ms` : "the script goes on"
    case "writeLog":
      return `S${action.node} will start in term ${action.term} with a log of terms ${action.terms.join(" ")}`
    case "healAll":
      return "everything is healed"
    case "quieten":
      return "clients begin nothing new"
    case "fillDisk":
      return `S${action.node}'s disk is full for ${Math.round(action.forMs)} ms`
    case "transferLeadership":
      return `S${action.node} is asked to hand over to ${action.to === null ? "anyone" : `S${action.to}`}`
    case "takeSnapshot":
      return `S${action.node} is asked for a snapshot`
    case "changeMembership":
      return `S${action.node} is asked to ${action.changes.map(describeChange).join(" and to ")}`
    default:
      return action satisfies never
  }
}

function describeChange(change: MembershipChange): string {
  const id = "member" in change ? change.member.id : change.id
  return `${change.kind} S${id}`
}

function describeLink({ from, to, dropRate, latencyMs, duplicateRate }: LinkAction): string {
  const properties = [
    ...(dropRate === undefined ? [] : [`loses ${Math.round(dropRate * 100)} %`]),
    ...(latencyMs === undefined ? [] : [`takes ${latencyMs} ms`]),
    ...(duplicateRate === undefined ? [] : [`doubles ${Math.round(duplicateRate * 100)} %`]),
  ]
  return `the link from S${from} to S${to} ${properties.join(", ") || "is as it was"}`
}

function describeOperation(operation: ScriptedOperation): string {
  switch (operation.kind) {
    case "put":
    case "delete":
      return `${operation.kind} ${operation.register}`
    case "cas":
      return `cas ${operation.register} if it is ${operation.expected}`
    case "poison":
      return "a command at which state machines throw"
    case "read":
      return `${operation.consistency} read of ${operation.register}`
    case "again":
      return "the same again"
    default:
      return operation satisfies never
  }
}
