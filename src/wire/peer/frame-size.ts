/**
 * How long frames are, exactly, without making them: what limits of different layers are compared by. `frame-size.test.ts` holds these against real ones.
 */

import type { Configuration } from "../../core/index.ts"
import { encodeConfiguration } from "../log/configuration.ts"
import { recordOverheadBytes } from "../log/record.ts"
import { appendEntriesHeaderBytes, frameHeaderBytes } from "./message.ts"

/** What a forwarded proposal takes beside its data. */
export const forwardedOverheadBytes = 12

/** A frame of `appendEntries`: `count` entries with `dataBytes` of payload together. */
export function appendFrameBytes(count: number, dataBytes: number): number {
  return frameHeaderBytes + appendEntriesHeaderBytes + count * recordOverheadBytes + dataBytes
}

/** A frame of `forwardProposals`: `count` proposals with `dataBytes` together. */
export function forwardFrameBytes(count: number, dataBytes: number): number {
  return frameHeaderBytes + 4 + count * forwardedOverheadBytes + dataBytes
}

/** A frame of `installSnapshot` with `dataBytes` of a snapshot whose configuration has `configurationBytes`. */
export function snapshotFrameBytes(configurationBytes: number, dataBytes: number): number {
  return frameHeaderBytes + 41 + configurationBytes + dataBytes
}

/** How long `configuration` is in a frame, a log record and a snapshot's header. */
export function configurationBytes(configuration: Configuration): number {
  return encodeConfiguration(configuration).length
}
