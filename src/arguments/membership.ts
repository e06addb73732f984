/**
 * The steps of a membership change, read where they enter: at the API's methods, and once more in the core, which is where everybody's steps pass.
 * A member that nobody can reach, or whose name is no text, would be in the log for good.
 *
 * Structural on purpose: this folder knows no other, and `core` says that its `MembershipChange` is this.
 */

import { hostPort } from "./host-port.ts"
import { Misfit } from "./misfit.ts"
import { list, nodeId, optional, type Reader, record, text, variants } from "./readers.ts"

/** Characters of a member's name, and of each of its addresses: a configuration has to fit every record and message that carries one. */
export const memberTextMax = 1024

interface Member {
  readonly id: number
  readonly name: string
  readonly peerAddress: string
  readonly clientAddress: string
}

/** A new member as people write it. */
export interface MemberOptions {
  /** An integer from 1, above every id that the cluster has ever had. */
  readonly id: number
  /** Where other members reach it, `host:port`. */
  readonly peerAddress: string
  /** For people; `n<id>` if it is left out. */
  readonly name?: string
  /** Where clients reach it, if it serves any. */
  readonly clientAddress?: string
}

/** A step of a membership change as people write it. `update` says all that there is to say about a member that is known. */
export type WrittenChange =
  | { readonly kind: "addLearner" | "addVoter"; readonly member: MemberOptions }
  | { readonly kind: "update"; readonly member: Member }
  | { readonly kind: "promote" | "demote" | "remove"; readonly id: number }

type MembershipChange =
  | { readonly kind: "addLearner" | "addVoter" | "update"; readonly member: Member }
  | { readonly kind: "promote" | "demote" | "remove"; readonly id: number }

const memberText: Reader<string> = (value, path) => {
  const found = text(value, path)
  if (found.length <= memberTextMax) return found
  throw new Misfit(path, `found ${found.length} characters, expected at most ${memberTextMax}`, true)
}

const reachable = hostPort(1)

/** Where a member can be reached by its peers. */
const peerAddressOf: Reader<string> = (value, path) => reachable(memberText(value, path), path)

/** Where clients reach a member; empty if it serves none. */
const clientAddressOf: Reader<string> = (value, path) => (value === "" ? value : reachable(memberText(value, path), path))

const anyPort = hostPort(0)

/** An address of a first member, as it was written: of one that listens on port 0, "any free one", nobody knows the port yet. */
export const firstAddressOf: Reader<string> = (value, path) => anyPort(memberText(value, path), path)

/** The same of a client's address. */
export const firstClientAddressOf: Reader<string> = (value, path) => (value === "" ? value : firstAddressOf(value, path))

/** A member's name, for people. */
export const memberName = memberText

const member = record<Member>({ id: nodeId, name: memberName, peerAddress: peerAddressOf, clientAddress: clientAddressOf })

/** What is known of a member already is not judged again when the rest of it changes. */
const knownMember = record<Member>({ id: nodeId, name: memberName, peerAddress: firstAddressOf, clientAddress: firstClientAddressOf })

const steps = {
  addLearner: { member },
  addVoter: { member },
  update: { member: knownMember },
  promote: { id: nodeId },
  demote: { id: nodeId },
  remove: { id: nodeId },
}

const writtenMember = record<MemberOptions>({
  id: nodeId,
  name: optional(memberName),
  peerAddress: peerAddressOf,
  clientAddress: optional(clientAddressOf),
})

/** What is left out is as it would be for a first member. */
const newMember: Reader<Member> = (value, path) => {
  const { id, peerAddress, name = `n${id}`, clientAddress = "" } = writtenMember(value, path)
  return { id, name, peerAddress, clientAddress }
}

/** Steps in one membership change. */
export const membershipChangesMax = 256

/** One step or more. */
export const membershipChanges = someOf(variants<MembershipChange>(steps))

/** The same as people write it (`WrittenChange`), with what they left out. */
export const writtenMembershipChanges = someOf(
  variants<MembershipChange>({ ...steps, addLearner: { member: newMember }, addVoter: { member: newMember } }),
)

function someOf(step: Reader<MembershipChange>): Reader<readonly MembershipChange[]> {
  const all = list(step, membershipChangesMax)
  return (value, path) => {
    const found = all(value, path)
    if (found.length === 0) throw new Misfit(path, "found an empty list, expected one step or more")
    return found
  }
}
