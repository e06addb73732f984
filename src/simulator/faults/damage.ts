/**
 * Which servers' disks were damaged, and whether the cluster could bear one more.
 *
 * Raft promises nothing once more copies are gone than a majority can spare. So the world damages a disk only while, in every half of every
 * configuration that any server goes by, those damaged are fewer than half: each committed entry is then on a whole disk, and the whole
 * disks can elect. After each damage this account is checked against the disks themselves. A damaged server counts until it has left the
 * configuration, or has started on its disk and found everything.
 */

import type { Configuration, LogIndex, NodeId } from "../../core/index.ts"
import { durableState } from "../observe/inspection.ts"
import { isOperators, newerConfiguration, type SimulatedNode } from "../state/simulated-node.ts"
import { nodeOf, type Damage, type WorldState } from "../state/world-state.ts"

/** Whether one more damaged disk, that of `id`, leaves enough whole ones. */
export function mayDamage(world: WorldState, id: NodeId): boolean {
  const configurations = knownConfigurations(world)
  if (configurations.length === 0 || world.healed || world.damaged.has(id)) return false
  // A cluster that has not begun needs all of its first members.
  if (committedIndex(world) === 0) return false
  // A change of membership that is about to begin counts on the disks that there are.
  if (world.nodes.some((node) => [...node.waiting.values()].some(isOperators))) return false
  for (const { voters, votersOutgoing, promoting, learnersNext } of configurations) {
    if (votersOutgoing.length > 0 || promoting.length > 0 || learnersNext.length > 0) return false
    if (!voters.includes(id)) return false
    const damaged = voters.filter((voter) => voter === id || world.damaged.has(voter) || !counts(world, voter))
    if (damaged.length * 2 >= voters.length) return false
  }
  return true
}

/**
 * Whether it has a vote for certain. A member without which the cluster began, or that had not met all others before some were damaged, has none
 * before it has entries.
 */
export function counts(world: WorldState, id: NodeId): boolean {
  if ((durableState(world, id)?.lastIndex ?? 0) > 0) return true
  return committedIndex(world) === 0 && !world.options.beginWithout.includes(id)
}

/** Says in a sentence why no protocol could recover from what was done to the disks; null if it can. */
export function explainLoss(world: WorldState): string | null {
  const committed = committedIndex(world)
  for (const { voters, votersOutgoing } of knownConfigurations(world)) {
    const whole = voters.filter((voter) => !world.damaged.has(voter))
    // What was committed by the old half alone need not have reached a disk of the new one.
    const either = [...voters, ...votersOutgoing].filter((voter) => !world.damaged.has(voter))
    const copies = either.filter((voter) => holds(world, voter, committed))
    if (whole.length * 2 > voters.length && copies.length > 0) continue
    return `${whole.length} whole disks are left of ${voters.length}, and ${copies.length} copies of entry ${committed}: no protocol recovers that`
  }
  return null
}

/** The highest index that some server knows, or ever knew, to be committed. */
export function committedIndex(world: WorldState): LogIndex {
  return Math.max(...world.nodes.map((node) => node.committed.index))
}

/**
 * Every configuration that a server, up or down, goes by and that may still decide something. One that a committed one has replaced does not: a server that
 * knows nothing newer, such as a newcomer that has read an old snapshot so far, finds no voters for a log that lacks what is committed.
 */
export function knownConfigurations(world: WorldState): readonly Configuration[] {
  const committed = newestCommitted(world)
  // One that stands at the same index in the log of a leader that was deposed is replaced too.
  const isOpen = (one: Configuration): boolean => one.index > committed.index
  const known = world.nodes.filter(({ id }) => !hasForgotten(world, id)).map(configurationOf)
  return [committed, ...known.filter((one) => one !== null).filter(isOpen)].filter(({ members }) => members.length > 0)
}

/** Whether what its disk held is gone for certain. */
function hasForgotten({ damaged }: WorldState, id: NodeId): boolean {
  const damage = damaged.get(id)
  return damage === "wiped" || damage === "rolledBack"
}

/** Whether all others would notice that the disk of `id` is put back to the copy of it: they have met a later life than the copy was made in. */
export function wouldBeNoticed(world: WorldState, id: NodeId): boolean {
  const { replica, copiedDisk, life } = nodeOf(world, id)
  if (replica === null || !replica.isReady || copiedDisk === null || copiedDisk.life >= life) return false
  const introduction = replica.introduce()
  const isMember = (other: NodeId): boolean =>
    knownConfigurations(world).some(({ members }) => members.some((member) => member.id === other))
  const others = world.nodes.filter((other) => other.id !== id && (other.isUp || isMember(other.id)))
  return others.every((other) => other.replica !== null && other.replica.hasMet(id, introduction))
}

function configurationOf(node: SimulatedNode): Configuration | null {
  return node.isUp ? node.view.configuration : node.lastConfiguration
}

/**
 * The newest configuration that some server knows to be committed, or ever knew. What is committed stays so (Leader Completeness), also while all
 * who knew of it are down: a server that was removed before must not bring back the one that it went by.
 */
export function newestCommitted(world: WorldState): Configuration {
  return world.nodes.map((node) => node.committed.configuration).reduce(newerConfiguration)
}

export function noteDamage(world: WorldState, id: NodeId, damage: Damage): void {
  world.damaged = new Map(world.damaged).set(id, damage)
}

export function noteWhole(world: WorldState, id: NodeId): void {
  const damaged = new Map(world.damaged)
  damaged.delete(id)
  world.damaged = damaged
}

function holds(world: WorldState, id: NodeId, index: LogIndex): boolean {
  if (index === 0) return true
  const disk = durableState(world, id)
  return disk !== null && (index <= disk.snapshotIndex || disk.termAt(index) !== null)
}

/** Whether the server still takes part, with a disk that can be trusted. */
export function isWhole(world: WorldState, id: NodeId): boolean {
  return !world.damaged.has(id) && nodeOf(world, id).diskNumber === 1
}
