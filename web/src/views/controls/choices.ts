/** What can be done to a server, a message or a link as it is now: the action bar of the inspector and the menu choose from the same list. */

import type { NodeId } from "oarlock/core"
import type { WorldAction, Cut, InFlight } from "oarlock/simulator"
import { changeOf, cutBetween, cutOneWay, isolate, pause, worsen } from "../../model/time-machine/compound-actions.ts"
import type { Player, Selection } from "../../model/time-machine/player.ts"

export interface Choice {
  readonly name: string
  /** The key that does the same. */
  readonly hint?: string
  /** Stands in the menu alone. */
  readonly isRare?: boolean
  readonly act: () => void
}

export function choicesFor(player: Player, selection: NonNullable<Selection>): readonly Choice[] {
  if (selection.kind === "server") return serverChoices(player, selection.id)
  if (selection.kind === "link") return linkChoices(player, selection.one, selection.other)
  const found = player.timeMachine.world.inFlight().find(({ name }) => name === selection.name)
  return found === undefined ? [] : messageChoices(player, found)
}

/** What a menu or a card about it is called. */
export function nameOfSelection(selection: NonNullable<Selection>): string {
  if (selection.kind === "message") return selection.name
  return selection.kind === "server" ? `S${selection.id}` : `the link between S${selection.one} and S${selection.other}`
}

function serverChoices(player: Player, id: NodeId): readonly Choice[] {
  const { timeMachine } = player
  const { world } = timeMachine
  const state = world.stateOf(id)
  const isPaused = state !== null && world.busyUntil(id) > world.now
  const isAlone = world.cuts.some(({ from, to }) => from.length === 1 && from[0] === id && to.length === world.nodeIds.length - 1)
  const faults = new Set(world.cuts.filter(({ from, to }) => from.includes(id) || to.includes(id)).map(({ fault }) => fault))
  const choices: Choice[] = []
  const offer = (name: string, act: () => void, more: Partial<Choice> = {}): void => {
    choices.push({ name, act, ...more })
  }
  const rarely = (name: string, act: () => void): void => offer(name, act, { isRare: true })
  if (state === null) offer("Restart", () => player.act({ kind: "restart", node: id }), { hint: "R" })
  else {
    offer("Crash", () => player.act({ kind: "crash", node: id, powerLoss: false }), { hint: "C" })
    offer("Cut the power", () => player.act({ kind: "crash", node: id, powerLoss: true }))
    if (isPaused) offer("Resume", () => player.act({ kind: "resume", node: id }))
    else offer("Pause", () => player.act(pause(id)))
    offer("Time out", () => player.act({ kind: "timeout", node: id }), { hint: "T" })
    offer("Write", () => player.ask(id, { kind: "put", register: 1 }), { hint: "W" })
    offer("Transfer here", () => askLeader(player, (node) => ({ kind: "transferLeadership", node, to: id })))
    offer("Take snapshot", () => player.act({ kind: "takeSnapshot", node: id }))
  }
  if (!isAlone) offer("Isolate", () => player.act(...isolate(timeMachine, id)), { hint: "P" })
  if (faults.size > 0) offer("Heal", () => player.act(...healOf(faults)))
  for (const [name, change] of membershipChanges(player, id)) rarely(name, () => askLeader(player, (node) => changeOf(node, change, id)))
  if (state !== null) {
    rarely("Sleep for 1 s, its clock too", () => player.act({ kind: "suspend", node: id, forMs: 1_000 }))
    rarely("Clock twice as fast", () => player.act({ kind: "skewClock", node: id, rate: 2 }))
    rarely("Clock half as fast", () => player.act({ kind: "skewClock", node: id, rate: 0.5 }))
    rarely("Clock right again", () => player.act({ kind: "skewClock", node: id, rate: 1 }))
  }
  rarely("Slow disk for 5 s", () => player.act({ kind: "slowDisk", node: id, latencyMs: 50, forMs: 5_000 }))
  rarely("Full disk for 5 s", () => player.act({ kind: "fillDisk", node: id, forMs: 5_000 }))
  offer("Wipe disk", () => player.act({ kind: "wipe", node: id }))
  return choices
}

/** By the configuration that the leader goes by. */
function membershipChanges(player: Player, id: NodeId): readonly (readonly [string, "demote" | "promote" | "remove" | "addLearner"])[] {
  const leader = leaderOf(player)
  const configuration = leader === null ? null : player.timeMachine.world.stateOf(leader)!.configuration
  if (configuration === null) return []
  if (configuration.voters.includes(id)) {
    return [
      ["Make learner", "demote"],
      ["Remove", "remove"],
    ]
  }
  if (configuration.learners.includes(id)) {
    return [
      ["Make voter", "promote"],
      ["Remove", "remove"],
    ]
  }
  // The number of a server that was removed is used up (dissertation §4.1).
  return id > configuration.highestId ? [["Add as learner", "addLearner"]] : []
}

function messageChoices(player: Player, { name, at }: InFlight): readonly Choice[] {
  return [
    { name: "Drop", act: () => player.act({ kind: "dropMessage", message: name }) },
    { name: "Delay", act: () => player.act({ kind: "delayMessage", message: name, byMs: 20 }) },
    { name: "Duplicate", act: () => player.act({ kind: "duplicateMessage", message: name }) },
    { name: "Deliver now", act: () => player.act({ kind: "deliverMessage", message: name }) },
    ...(at === Infinity ? [] : [{ name: "Hold", act: () => player.act({ kind: "holdMessage", message: name }) }]),
  ]
}

function linkChoices(player: Player, one: NodeId, other: NodeId): readonly Choice[] {
  const { timeMachine } = player
  const { cuts, links } = timeMachine.world
  const here = cuts.filter((cut) => touches(cut, one, other))
  const faults = new Set([...here, ...links.filter(({ from, to }) => isBetween(from, to, one, other))].map(({ fault }) => fault))
  const isWide = here.some(({ from, to }) => from.length > 1 || to.length > 1)
  const choices: Choice[] = [
    { name: "Cut both ways", act: () => player.act(...cutBetween(timeMachine, [one], [other])) },
    { name: `Cut only S${one} to S${other}`, act: () => player.act(...cutOneWay(timeMachine, one, other)) },
    { name: `Cut only S${other} to S${one}`, act: () => player.act(...cutOneWay(timeMachine, other, one)) },
    { name: "Lose every third", act: () => player.act(...worsen(timeMachine, one, other, { dropRate: 1 / 3 })) },
    { name: "Slow", act: () => player.act(...worsen(timeMachine, one, other, { latencyMs: 100 })) },
    { name: "Double", act: () => player.act(...worsen(timeMachine, one, other, { duplicateRate: 1 })) },
  ]
  if (faults.size === 0) return choices
  return [...choices, { name: isWide ? "Heal, and all that was cut with it" : "Heal", act: () => player.act(...healOf(faults)) }]
}

function healOf(faults: ReadonlySet<number>): readonly WorldAction[] {
  return [...faults].map((fault) => ({ kind: "heal", fault }))
}

function touches({ from, to }: Cut, one: NodeId, other: NodeId): boolean {
  return (from.includes(one) && to.includes(other)) || (from.includes(other) && to.includes(one))
}

function isBetween(from: NodeId, to: NodeId, one: NodeId, other: NodeId): boolean {
  return (from === one && to === other) || (from === other && to === one)
}

function askLeader(player: Player, actionFor: (leader: NodeId) => WorldAction): void {
  const leader = leaderOf(player)
  if (leader === null) player.notice.value = "Nobody leads, so there is nobody to ask for it."
  else player.act(actionFor(leader))
}

/** Of several that think so, the one in the latest term. */
function leaderOf({ timeMachine }: Player): NodeId | null {
  const leaders = timeMachine.world.views.filter(({ role }) => role === "leader")
  return leaders.toSorted((a, b) => b.term - a.term)[0]?.id ?? null
}
