/**
 * What a node says about itself and the cluster: the answers to `status` and `watchLeader`.
 *
 * Both are one node's view, at the moment it answers. Two nodes may name different leaders in different terms and both be honest: there is
 * one leader per term, not one leader. Each part stands behind its length, and a reader skips what follows the last field it knows, so that
 * fields can be added at the end of a part.
 */

import type { LogIndex, NodeId, Term } from "../../core/index.ts"
import type { ByteReader } from "../bytes/byte-reader.ts"
import type { ByteWriter } from "../bytes/byte-writer.ts"
import { WireError } from "../bytes/wire-error.ts"
import { readClusterId, readGenesis, writeClusterId, writeGenesis } from "./cluster-id.ts"
import { readMember, writeMember } from "./membership.ts"

const roles = ["follower", "preCandidate", "candidate", "leader", "halted"] as const
/** Figure 4's three, the one of dissertation §9.6, and `halted` for a server that has stopped for good. */
export type NodeRole = (typeof roles)[number]

const standings = ["voter", "learner", "promoting", "incoming", "outgoing"] as const
/**
 * What a member is in the configuration. `promoting`: a learner that becomes a voter once it has caught up. While a joint configuration is
 * in force (Raft §6), `incoming` votes only in the new one, `outgoing` only in the old one.
 */
export type MemberStanding = (typeof standings)[number]

const diskStates = ["ok", "full", "stalled", "failed"] as const
/** The disk under the log. `full`: writes wait for room. `stalled`: one write takes longer than an election timeout. `failed`: the server has halted over it. */
export type DiskState = (typeof diskStates)[number]

/** A member, as the answering server knows it. */
export interface MemberStatus {
  /** The member's identity. */
  readonly id: NodeId
  /** Its name; empty if it has none. */
  readonly name: string
  /** Where other servers reach it, `host:port`. */
  readonly peerAddress: string
  /** Where clients reach it, `host:port`; empty if it serves none. */
  readonly clientAddress: string
  /** What it is in the configuration. */
  readonly standing: MemberStanding
  /** The highest entry that this member is known to share, if the answering node leads (Figure 2); otherwise null. */
  readonly matchIndex: LogIndex | null
}

/** Who leads whom, as one node knows it. */
export interface LeaderState {
  /** The latest term that the server has seen. */
  readonly term: Term
  /** The leader of that term; null if it knows none. */
  readonly leader: NodeId | null
  /** The version of the configuration in force: the index of its entry. */
  readonly configurationIndex: LogIndex
  /** The members of the configuration in force. */
  readonly members: readonly MemberStatus[]
  /**
   * Which cluster the node is in: 16 hexadecimal digits, drawn from its token and its first members. Null while it waits for its cluster to begin, or has
   * not heard of it yet. Two clusters with one id differ in it.
   */
  readonly genesis: string | null
}

/** What a server knows of itself. */
export interface ServerStatus extends LeaderState {
  /** The cluster, 16 hexadecimal digits: a hash of its token. */
  readonly clusterId: string
  /** The server that answers. */
  readonly nodeId: NodeId
  /** Its role. */
  readonly role: NodeRole
  /** The last entry that it knows to be committed. */
  readonly commitIndex: LogIndex
  /** The last entry that its store has applied. */
  readonly appliedIndex: LogIndex
  /** The first entry that its log still has. */
  readonly firstIndex: LogIndex
  /** The last entry of its log. */
  readonly lastIndex: LogIndex
  /** The last entry that its newest snapshot covers; 0 if there is none. */
  readonly snapshotIndex: LogIndex
  /** The store's revision, as far as this node has applied. */
  readonly revision: number
  /** Reads of revisions below this one are refused; 0 if nothing was compacted. */
  readonly compactedRevision: number
  /** How its disk does. */
  readonly disk: DiskState
  /** Bytes of the log and the newest snapshot on disk. */
  readonly diskBytes: number
  /** The software's version, for people. */
  readonly softwareVersion: string
}

export function writeLeaderState(out: ByteWriter, state: LeaderState): void {
  out.u64(state.term)
  out.u32(state.leader ?? 0)
  out.u64(state.configurationIndex)
  out.u16(state.members.length)
  for (const member of state.members) {
    const start = out.beginSection()
    writeMember(out, member)
    out.u8(standings.indexOf(member.standing))
    out.u8(member.matchIndex === null ? 0 : 1)
    out.u64(member.matchIndex ?? 0)
    out.endSection(start)
  }
  writeGenesis(out, state.genesis)
}

export function readLeaderState(reader: ByteReader): LeaderState {
  const term = reader.u64("the term")
  const leader = reader.u32("the leader's id")
  const configurationIndex = reader.u64("the configuration's index")
  const count = reader.u16("the number of members")
  const members: MemberStatus[] = []
  for (let i = 0; i < count; i++) members.push(readMemberStatus(reader.section("a member")))
  return { term, leader: leader === 0 ? null : leader, configurationIndex, members, genesis: readGenesis(reader) }
}

function readMemberStatus(reader: ByteReader): MemberStatus {
  const member = readMember(reader)
  const standing = named(standings, reader.u8("a member's standing"), "a member's standing")
  const hasMatch = reader.flag("the flag of a matchIndex")
  const matchIndex = reader.u64("a matchIndex")
  return { ...member, standing, matchIndex: hasMatch ? matchIndex : null }
}

export function writeServerStatus(out: ByteWriter, status: ServerStatus): void {
  const start = out.beginSection()
  writeLeaderState(out, status)
  out.endSection(start)
  writeClusterId(out, status.clusterId)
  out.u32(status.nodeId)
  out.u8(roles.indexOf(status.role))
  out.u64(status.commitIndex)
  out.u64(status.appliedIndex)
  out.u64(status.firstIndex)
  out.u64(status.lastIndex)
  out.u64(status.snapshotIndex)
  out.u64(status.revision)
  out.u64(status.compactedRevision)
  out.u8(diskStates.indexOf(status.disk))
  out.u64(status.diskBytes)
  out.text16(status.softwareVersion)
}

export function readServerStatus(reader: ByteReader): ServerStatus {
  return {
    ...readLeaderState(reader.section("the leader's part")),
    clusterId: readClusterId(reader, "the cluster id"),
    nodeId: reader.u32("the node id"),
    role: named(roles, reader.u8("the role"), "the role"),
    commitIndex: reader.u64("the commit index"),
    appliedIndex: reader.u64("the applied index"),
    firstIndex: reader.u64("the first index"),
    lastIndex: reader.u64("the last index"),
    snapshotIndex: reader.u64("the snapshot's index"),
    revision: reader.u64("the revision"),
    compactedRevision: reader.u64("the compacted revision"),
    disk: named(diskStates, reader.u8("the disk's state"), "the disk's state"),
    diskBytes: reader.u64("the bytes on disk"),
    softwareVersion: reader.text("the software's version"),
  }
}

function named<Name extends string>(names: readonly Name[], code: number, field: string): Name {
  const name = names[code]
  if (name === undefined) throw new WireError(`${field} is ${code}; known are 0 to ${names.length - 1}`)
  return name
}
