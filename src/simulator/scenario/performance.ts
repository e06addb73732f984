/**
 * Performs the commands of a story, one function each, in the order of `scenario.ts`. What takes time is a generator that yields after every
 * event of the world, so that its caller can look in between; what takes none never yields.
 */

import type { MembershipChange, NodeId } from "../../core/index.ts"
import type { ScriptedOperation } from "../clients/scripted-client.ts"
import type { WorldAction } from "../state/action.ts"
import { memberOf } from "../state/identity.ts"
import type { InFlight } from "../world/in-flight.ts"
import type { World } from "../world/world.ts"
import { evaluate } from "./evaluate.ts"
import type { Ledger, LedgerEntry } from "./ledger.ts"
import { patienceMs } from "./parse-command.ts"
import {
  fits,
  type ClientRequest,
  type Command,
  type MembershipStep,
  type MessageDeed,
  type MessageSelector,
  type PlacedCondition,
} from "./scenario.ts"

/** Why a command could not be performed, in a sentence; the condition that failed, if it was one. */
export class Setback extends Error {
  readonly condition: PlacedCondition | null

  constructor(problem: string, condition: PlacedCondition | null = null) {
    super(problem)
    this.condition = condition
  }
}

/** Goes through a command; yields after every event of the world. Throws a `Setback`. */
export type Performance = Generator<void, void, void>

/** Nothing is about to happen if nothing does within this many milliseconds: longer than any message, disk or client takes. */
const quietMs = 5
/** How long `elect` gives a candidate to win, in milliseconds. */
const campaignMs = 20
/** A pause without an end of its own, in milliseconds. */
const foreverMs = 1e9

export function* perform(world: World, ledger: Ledger, command: Command): Performance {
  switch (command.kind) {
    case "elect":
      return yield* elect(world, command.node)
    case "timeout":
      return actOnEach(world, command.nodes, (node) => ({ kind: "timeout", node }))
    case "runFor":
      return yield* runFor(world, command.forMs)
    case "runUntil":
      return yield* runUntil(world, ledger, command.conditions, command.withinMs)
    case "settle":
      return yield* settle(world)
    case "step":
      return yield* step(world, command.events)
    case "expect":
      return expect(world, ledger, command.conditions)
    case "partition":
      return partition(world, command.groups)
    case "cut":
      cut(world, command.from, command.to)
      if (command.bothWays) cut(world, command.to, command.from)
      return
    case "isolate":
      return isolate(world, command.nodes)
    case "heal":
      return heal(world, command.nodes, command.direction)
    case "link":
      world.act({ kind: "link", fault: faultOf(command.from, command.to), from: command.from, to: command.to, ...command.quality })
      return
    case "message":
      return yield* message(world, command.deed, command.selector)
    case "crash":
      return actOnEach(world, command.nodes, (node) => ({ kind: "crash", node, powerLoss: command.powerLoss }))
    case "pause":
      return actOnEach(world, command.nodes, (node) => ({ kind: "pause", node, forMs: foreverMs }))
    case "restart":
    case "resume":
    case "wipe":
    case "copyDisk":
    case "putBackDisk":
      return actOnEach(world, command.nodes, (node) => ({ kind: command.kind, node }))
    case "suspend":
      return actOnEach(world, command.nodes, (node) => ({ kind: "suspend", node, forMs: command.forMs }))
    case "setClock":
      world.act({ kind: "stepClock", node: command.node, byMs: command.byMs })
      return
    case "clock":
      world.act({ kind: "skewClock", node: command.node, rate: command.rate })
      return
    case "slowDisk":
      world.act({ kind: "slowDisk", node: command.node, latencyMs: command.byMs, forMs: command.forMs })
      return
    case "fillDisk":
      world.act({ kind: "fillDisk", node: command.node, forMs: command.forMs })
      return
    case "failSync":
      world.act({ kind: "failSync", node: command.node })
      return
    case "rot":
      world.act({ kind: "rot", node: command.node, target: command.target, number: command.number })
      return
    case "spoil":
      world.act({ kind: "spoilState", node: command.node })
      return
    case "request":
      return request(world, ledger, command.node, command.request, command.client)
    case "retry":
      return retry(world, ledger, command.node, command.client)
    case "transfer":
      return operate(world, ledger, "transfer", { kind: "transferLeadership", node: command.node, to: command.to })
    case "snapshot":
      return operate(world, ledger, "snapshot", { kind: "takeSnapshot", node: command.node })
    case "change": {
      const changes = command.steps.map(changeOf)
      return operate(world, ledger, "change", { kind: "changeMembership", node: command.node, changes, version: command.version })
    }
    default:
      command satisfies never
  }
}

// Time

function* elect(world: World, node: NodeId): Performance {
  const role = (): string | undefined => world.views.find(({ id }) => id === node)?.role
  const deadline = world.now + patienceMs
  // In a world that has come to its end no time passes any more.
  while (role() !== "leader" && world.violation === null) {
    if (world.now > deadline) throw new Setback(`${node} did not come to lead within ${patienceMs} ms: ${rolesOf(world)}`)
    world.act({ kind: "timeout", node })
    // Its questions are answered before it asks again, and a campaign comes to its end: they must not cross each other.
    yield* runFor(world, 2 * world.options.network.latencyMaxMs + 1)
    for (const end = world.now + campaignMs; world.now < end && role() === "candidate" && world.violation === null;) yield* runFor(world, 1)
  }
  yield* settle(world)
}

function* runFor(world: World, forMs: number): Performance {
  const end = world.now + forMs
  world.act({ kind: "wait", forMs })
  for (let next = world.peek(); next !== null && next.at <= end; next = world.peek()) {
    if (world.step() === null) return
    yield
  }
}

function* runUntil(world: World, ledger: Ledger, conditions: readonly PlacedCondition[], withinMs: number): Performance {
  const deadline = world.now + withinMs
  for (;;) {
    const missing = conditions.map((placed) => ({ placed, ...evaluate(world, ledger, placed.condition) })).find(({ holds }) => !holds)
    if (missing === undefined) return
    const next = world.peek()
    if (next === null || next.at > deadline || world.step() === null) {
      throw new Setback(`${withinMs} ms passed without "${missing.placed.text}": ${missing.found}`, missing.placed)
    }
    yield
  }
}

export function* settle(world: World): Performance {
  const deadline = world.now + patienceMs
  for (let next = world.peek(); next !== null && next.at <= world.now + quietMs; next = world.peek()) {
    if (next.at > deadline) throw new Setback(`it did not become quiet within ${patienceMs} ms; run for a while instead`)
    if (world.step() === null) return
    yield
  }
}

function* step(world: World, events: number): Performance {
  for (let number = 0; number < events && world.step() !== null; number++) yield
}

function expect(world: World, ledger: Ledger, conditions: readonly PlacedCondition[]): void {
  for (const placed of conditions) {
    const { holds, found } = evaluate(world, ledger, placed.condition)
    if (!holds) throw new Setback(`expected "${placed.text}": ${found}`, placed)
  }
}

// Network

function partition(world: World, groups: readonly (readonly NodeId[])[]): void {
  for (const group of groups) for (const other of groups) if (other !== group) cut(world, group, other)
}

function isolate(world: World, nodes: readonly NodeId[]): void {
  for (const node of nodes) {
    const others = world.nodeIds.filter((id) => id !== node)
    cut(world, [node], others)
    cut(world, others, [node])
  }
}

/** Every direction of every link is a fault of its own, so that each can be healed alone. */
function cut(world: World, from: readonly NodeId[], to: readonly NodeId[]): void {
  for (const one of from) {
    for (const other of to) {
      const fault = faultOf(one, other)
      const isThere = world.cuts.some((known) => known.fault === fault)
      if (one !== other && !isThere) world.act({ kind: "cut", fault, from: [one], to: [other] })
    }
  }
}

function heal(world: World, nodes: readonly NodeId[], direction: { readonly from: NodeId; readonly to: NodeId } | null): void {
  for (const from of world.nodeIds) {
    for (const to of world.nodeIds) {
      const isMeant =
        direction === null
          ? nodes.length === 0 || nodes.includes(from) || nodes.includes(to)
          : direction.from === from && direction.to === to
      const fault = faultOf(from, to)
      const isThere = world.cuts.some((cut) => cut.fault === fault) || world.links.some((link) => link.fault === fault)
      if (isMeant && isThere) world.act({ kind: "heal", fault })
    }
  }
}

function faultOf(from: NodeId, to: NodeId): number {
  return from * 1000 + to
}

/** Waits for the message if it is not on its way yet. */
function* message(world: World, deed: MessageDeed, selector: MessageSelector): Performance {
  const deadline = world.now + patienceMs
  for (;;) {
    const found = world.inFlight().filter((one) => isMeant(one, deed, selector))
    if (found.length > 0) {
      for (const { name } of selector.which === "the" ? found.slice(0, 1) : found) world.act(messageAction(deed, name))
      return
    }
    const next = world.peek()
    if (next === null || next.at > deadline || world.step() === null) {
      throw new Setback(`no such message was on its way within ${patienceMs} ms`)
    }
    yield
  }
}

function isMeant({ at, message: content }: InFlight, deed: MessageDeed, selector: MessageSelector): boolean {
  const isHeld = at === Infinity
  return !(deed.kind === "hold" && isHeld) && fits(selector, content)
}

function messageAction(deed: MessageDeed, name: string): WorldAction {
  switch (deed.kind) {
    case "drop":
      return { kind: "dropMessage", message: name }
    case "duplicate":
      return { kind: "duplicateMessage", message: name }
    case "deliver":
      return { kind: "deliverMessage", message: name }
    case "hold":
      return { kind: "holdMessage", message: name }
    case "delay":
      return { kind: "delayMessage", message: name, byMs: deed.byMs }
    default:
      return deed satisfies never
  }
}

// Servers, clients and operators

function actOnEach(world: World, nodes: readonly NodeId[], actionOf: (node: NodeId) => WorldAction): void {
  for (const node of nodes) world.act(actionOf(node))
}

function request(world: World, ledger: Ledger, node: NodeId, asked: ClientRequest, client: string | null): void {
  const clientNumber = ledger.clientOf(client)
  const expectedId = asked.kind === "cas" && asked.expected !== null ? ledger.idOf(asked.key, asked.expected) : 0
  const entry = { kind: asked.kind, client, request: asked, expectedId, clientNumber, operatorRequest: -1 }
  ask(world, ledger, node, entry, operationOf(ledger, asked, expectedId))
}

function retry(world: World, ledger: Ledger, node: NodeId, client: string): void {
  const latest = ledger.latestOf(client)
  if (latest === null) throw new Setback(`client ${client} has asked for nothing yet`)
  ask(world, ledger, node, latest, { kind: "again" })
}

function ask(world: World, ledger: Ledger, node: NodeId, entry: Omit<LedgerEntry, "operationId">, operation: ScriptedOperation): void {
  try {
    world.act({ kind: "request", client: entry.clientNumber, node, operation })
  } catch (error) {
    throw new Setback(error instanceof Error ? error.message : String(error))
  }
  ledger.add({ ...entry, operationId: world.requestsOf(entry.clientNumber).at(-1)!.operation.id })
}

function operationOf(ledger: Ledger, asked: ClientRequest, expectedId: number): ScriptedOperation {
  if (asked.kind === "poison") return { kind: "poison", session: asked.inSession }
  const register = ledger.registerOf(asked.key)
  switch (asked.kind) {
    case "write":
      return { kind: "put", register, session: asked.inSession }
    case "delete":
      return { kind: "delete", register, session: asked.inSession }
    case "cas":
      return { kind: "cas", register, expected: expectedId, session: asked.inSession }
    case "read":
      return { kind: "read", register, consistency: asked.consistency }
    default:
      return asked satisfies never
  }
}

function operate(world: World, ledger: Ledger, kind: "transfer" | "snapshot" | "change", action: WorldAction): void {
  world.act(action)
  const operatorRequest = world.operatorRequests.length - 1
  ledger.add({ kind, client: null, request: null, operationId: 0, expectedId: 0, clientNumber: 0, operatorRequest })
}

function changeOf({ kind, node }: MembershipStep): MembershipChange {
  if (kind === "addLearner" || kind === "addVoter") return { kind, member: memberOf(node) }
  return { kind, id: node }
}

function rolesOf(world: World): string {
  const roles = world.views.map(({ id, role, term }) =>
    role === "leader" ? `${id} leads term ${term}` : `${id} is a ${role} of term ${term}`,
  )
  return roles.length === 0 ? "no server is up" : roles.join(", ")
}
