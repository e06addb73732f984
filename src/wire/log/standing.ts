/**
 * What a server keeps on its disk about who may speak for whom: of each peer, and of itself (`replica/peers.ts` has the rules).
 *
 * Every start of a process on a disk is a *life*, numbered from 1, with a random nonce. Two lives of one disk with the same number, or a life after
 * which a lower one follows, cannot both be true: then the disk was put back to an older state of itself.
 */

import type { ByteReader } from "../bytes/byte-reader.ts"
import type { ByteWriter } from "../bytes/byte-writer.ts"

/** What is remembered of another server. */
export interface PeerStanding {
  /** Of its disk, 16 hexadecimal digits. */
  readonly incarnation: string
  /** The highest life of that disk that was met; 0 if it never said. */
  readonly life: number
  /** Of that life: an unsigned 32-bit number. */
  readonly nonce: number
  /** That disk was seen to have gone back in time: nothing that it says counts any more. */
  readonly isCondemned: boolean
}

/** What a server knows of itself. */
export interface OwnStanding {
  /** Which start of a process on this disk this is, from 1. */
  readonly life: number
  /** Tells this start from another one with the same number: an unsigned 32-bit number. */
  readonly nonce: number
  /** The cluster that it belongs to, drawn from token and first members, 16 hexadecimal digits; null until a newcomer has heard of it. */
  readonly genesis: string | null
  /** Every first member was met, or need not be: elections are possible. */
  readonly hasBegun: boolean
  /** It began on the operator's word, without some first member. */
  readonly isPartial: boolean
  /** A peer has told that this disk went back in time. */
  readonly isCondemned: boolean
  /** A peer has told that the cluster had begun before this disk: it may not begin it once more. */
  readonly isTooLate: boolean
  /** Nonces of the lives before, the latest first; at most `livesRememberedMax`. */
  readonly previousNonces: readonly number[]
}

/** So many earlier lives of its disk a server can name: peers find among them the one that they met. */
export const livesRememberedMax = 64

const condemnedBit = 1
const begunBit = 2
const partialBit = 4
const tooLateBit = 8
/** What stands where no genesis is known. */
const noGenesis = "0000000000000000"

export function writePeerStanding(writer: ByteWriter, { incarnation, life, nonce, isCondemned }: PeerStanding): void {
  writer.id64(incarnation)
  writer.u64(life)
  writer.u32(nonce)
  writer.u8(isCondemned ? condemnedBit : 0)
}

/** A standing that was written before there were lives ends after the incarnation. */
export function readPeerStanding(reader: ByteReader): PeerStanding {
  const incarnation = reader.id64("a peer's incarnation")
  if (reader.remaining === 0) return { incarnation, life: 0, nonce: 0, isCondemned: false }
  const life = reader.u64("a peer's life")
  const nonce = reader.u32("the nonce of a peer's life")
  return { incarnation, life, nonce, isCondemned: (reader.u8("a peer's flags") & condemnedBit) !== 0 }
}

export function writeOwnStanding(writer: ByteWriter, own: OwnStanding): void {
  const { life, nonce, genesis, hasBegun, isPartial, isCondemned, isTooLate } = own
  writer.u64(life)
  writer.u32(nonce)
  writer.id64(genesis ?? noGenesis)
  writer.u8((isCondemned ? condemnedBit : 0) | (hasBegun ? begunBit : 0) | (isPartial ? partialBit : 0) | (isTooLate ? tooLateBit : 0))
  writeNonces(writer, own.previousNonces)
}

/** `u8 count`, then a `u32` each, the latest first. */
export function writeNonces(writer: ByteWriter, nonces: readonly number[]): void {
  writer.u8(nonces.length)
  for (const nonce of nonces) writer.u32(nonce)
}

/** Empty where an earlier version ended before them. */
export function readNonces(reader: ByteReader): number[] {
  const count = reader.remaining === 0 ? 0 : reader.u8("the number of earlier lives")
  return Array.from({ length: count }, () => reader.u32("the nonce of an earlier life"))
}

export function readOwnStanding(reader: ByteReader): OwnStanding {
  const life = reader.u64("the own life")
  const nonce = reader.u32("the nonce of the own life")
  const genesis = reader.id64("the genesis")
  const flags = reader.u8("the own flags")
  return {
    life,
    nonce,
    genesis: genesis === noGenesis ? null : genesis,
    hasBegun: (flags & begunBit) !== 0,
    isPartial: (flags & partialBit) !== 0,
    isCondemned: (flags & condemnedBit) !== 0,
    isTooLate: (flags & tooLateBit) !== 0,
    previousNonces: readNonces(reader),
  }
}
