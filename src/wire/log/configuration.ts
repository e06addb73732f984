/**
 * A cluster's configuration as bytes: the payload of a configuration entry, part of every snapshot and of the log's own markers.
 *
 * `u64 index | u32 highestId | five lists of ids (u16 count, u32 each) | u16 count of members | each: u32 id, three texts (u16 length)`.
 * Lists must be ascending, as `core` keeps them, so that one configuration has exactly one encoding.
 */

import type { Configuration, Member, NodeId } from "../../core/index.ts"
import { ByteReader } from "../bytes/byte-reader.ts"
import { ByteWriter } from "../bytes/byte-writer.ts"
import { WireError } from "../bytes/wire-error.ts"

/** The bytes of a configuration. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const writer = new ByteWriter(256)
  writeConfiguration(writer, configuration)
  return writer.take()
}

/** Throws a `WireError` in words if `bytes` are anything but one whole configuration. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const reader = new ByteReader(bytes)
  const configuration = readConfiguration(reader)
  reader.finish("the configuration")
  return configuration
}

/** Appends the bytes of a configuration. */
export function writeConfiguration(writer: ByteWriter, configuration: Configuration): void {
  writer.u64(configuration.index)
  writer.u32(configuration.highestId)
  writeIds(writer, configuration.voters)
  writeIds(writer, configuration.votersOutgoing)
  writeIds(writer, configuration.learners)
  writeIds(writer, configuration.promoting)
  writeIds(writer, configuration.learnersNext)
  writeCount(writer, configuration.members.length)
  for (const member of configuration.members) {
    writer.u32(member.id)
    writer.text(member.name)
    writer.text(member.peerAddress)
    writer.text(member.clientAddress)
  }
}

/** Reads a configuration; bytes may follow it. Throws a `WireError` in words. */
export function readConfiguration(reader: ByteReader): Configuration {
  return {
    index: reader.u64("the configuration's index"),
    highestId: reader.u32("the highest id"),
    voters: readIds(reader, "voters"),
    votersOutgoing: readIds(reader, "outgoing voters"),
    learners: readIds(reader, "learners"),
    promoting: readIds(reader, "promoted learners"),
    learnersNext: readIds(reader, "next learners"),
    members: readMembers(reader),
  }
}

function writeIds(writer: ByteWriter, ids: readonly NodeId[]): void {
  writeCount(writer, ids.length)
  for (const id of ids) writer.u32(id)
}

function writeCount(writer: ByteWriter, count: number): void {
  if (count > 0xffff) throw new RangeError(`${count} servers do not fit a configuration`)
  writer.u16(count)
}

function readIds(reader: ByteReader, what: string): NodeId[] {
  const count = reader.u16(`the number of ${what}`)
  const ids: NodeId[] = []
  let previous = 0
  for (let i = 0; i < count; i++) ids.push((previous = readAscendingId(reader, what, previous)))
  return ids
}

function readMembers(reader: ByteReader): Member[] {
  const count = reader.u16("the number of members")
  const members: Member[] = []
  let previous = 0
  for (let i = 0; i < count; i++) {
    const id = (previous = readAscendingId(reader, "members", previous))
    const name = reader.text("a member's name")
    const peerAddress = reader.text("a member's peer address")
    const clientAddress = reader.text("a member's client address")
    members.push({ id, name, peerAddress, clientAddress })
  }
  return members
}

function readAscendingId(reader: ByteReader, what: string, previous: NodeId): NodeId {
  const id = reader.u32(`an id among the ${what}`)
  if (id <= previous) throw new WireError(`the ${what} are not in ascending order: ${id} after ${previous}`)
  return id
}
