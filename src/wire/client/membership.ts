/**
 * Members and membership changes as bytes (Raft §6; dissertation §4): the administrative part of the client protocol.
 */

import { membershipChangesMax } from "../../arguments/index.ts"
import type { Member, MembershipChange } from "../../core/index.ts"
import type { ByteReader } from "../bytes/byte-reader.ts"
import type { ByteWriter } from "../bytes/byte-writer.ts"
import { Codes } from "../bytes/codes.ts"
import { WireError } from "../bytes/wire-error.ts"

const kinds = new Codes<MembershipChange["kind"]>({ addLearner: 0, addVoter: 1, promote: 2, demote: 3, remove: 4, update: 5 })

/** `u16 count`, then for each: `u8 kind` and a member (`addLearner`, `addVoter`, `update`) or a `u32 id` (`promote`, `demote`, `remove`). */
export function writeChanges(out: ByteWriter, changes: readonly MembershipChange[]): void {
  out.u16(changes.length)
  for (const change of changes) {
    out.u8(kinds.codeOf(change.kind))
    if ("member" in change) writeMember(out, change.member)
    else out.u32(change.id)
  }
}

export function readChanges(reader: ByteReader): MembershipChange[] {
  const count = reader.u16("the number of changes")
  if (count === 0) throw new WireError("a membership change without a single step")
  if (count > membershipChangesMax)
    throw new WireError(`${count} steps in one membership change; at most ${membershipChangesMax} are allowed`)
  const changes: MembershipChange[] = []
  for (let i = 0; i < count; i++) changes.push(readChange(reader))
  return changes
}

function readChange(reader: ByteReader): MembershipChange {
  const code = reader.u8("the kind of a change")
  const kind = kinds.wordOf(code)
  switch (kind) {
    case "addLearner":
    case "addVoter":
    case "update":
      return { kind, member: readMember(reader) }
    case "promote":
    case "demote":
    case "remove":
      return { kind, id: readNodeId(reader) }
    default:
      kind satisfies undefined
      throw new WireError(`a membership change of kind ${code} is not known here`)
  }
}

/** `u32 id | name | peer address | client address`, each text with a `u16` length. */
export function writeMember(out: ByteWriter, member: Member): void {
  out.u32(member.id)
  out.text16(member.name)
  out.text16(member.peerAddress)
  out.text16(member.clientAddress)
}

export function readMember(reader: ByteReader): Member {
  return {
    id: readNodeId(reader),
    name: reader.text("a member's name"),
    peerAddress: reader.text("a member's peer address"),
    clientAddress: reader.text("a member's client address"),
  }
}

function readNodeId(reader: ByteReader): number {
  const id = reader.u32("a node id")
  if (id === 0) throw new WireError("node id 0 does not exist; ids begin at 1")
  return id
}
