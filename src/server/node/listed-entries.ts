/**
 * The end of this node's log as an operator's page lists it: what each entry is, how large, and which key it is about.
 *
 * Values are left out: committed ones can be read by key, and others may never be committed. A transaction is only named as one, because decoding a
 * large one for a list would delay the node.
 */

import type { Entry, LogIndex, Term } from "../../core/index.ts"
import { commandOf, EnvelopeType, explainBadEnvelope, typeOf } from "../../replica/index.ts"
import { WireError } from "../../wire/client/index.ts"
import { decodeKvCommand, storeOperation } from "../../wire/kv/index.ts"

/** Bytes of a key that are shown. */
export const entryKeyBytesMax = 256

/** An entry of a node's log without its values. */
export interface ListedEntry {
  /** Its position in the log. */
  readonly index: LogIndex
  /** The term in which a leader created it. */
  readonly term: Term
  /** `session`: opens, keeps or closes a client session. `other`: a command that this version cannot read. */
  readonly kind: "noop" | "configuration" | "session" | "put" | "delete" | "deleteRange" | "txn" | "compact" | "other"
  /** Bytes of its content, with the envelope of its session. */
  readonly bytes: number
  /** The key, or the first key of a range, in base64, cut off after 256 bytes; null where there is none. */
  readonly key: string | null
  /** Bytes of the whole key. */
  readonly keyBytes: number
}

export function listedEntry(entry: Entry): ListedEntry {
  const { kind, key } = contentOf(entry)
  const shown = key === null ? null : Buffer.from(key.subarray(0, entryKeyBytesMax)).toString("base64")
  return { index: entry.index, term: entry.term, kind, bytes: entry.data.length, key: shown, keyBytes: key?.length ?? 0 }
}

interface Content {
  readonly kind: ListedEntry["kind"]
  readonly key: Uint8Array | null
}

function contentOf({ kind, data }: Entry): Content {
  if (kind !== "command") return { kind, key: null }
  if (explainBadEnvelope(data) !== null) return { kind: "other", key: null }
  const type = typeOf(data)
  if (type !== EnvelopeType.command && type !== EnvelopeType.sessionCommand) return { kind: "session", key: null }
  return commandContent(commandOf(data))
}

function commandContent(command: Uint8Array): Content {
  if (command[0] === storeOperation.txn) return { kind: "txn", key: null }
  try {
    const request = decodeKvCommand(command)
    switch (request.kind) {
      case "put":
        return { kind: "put", key: request.key }
      case "deleteRange":
        return { kind: request.rangeEnd.length === 0 ? "delete" : "deleteRange", key: request.key }
      default:
        return { kind: request.kind, key: null }
    }
  } catch (error) {
    // A command of another state machine, or of a later version.
    if (error instanceof WireError) return { kind: "other", key: null }
    throw error
  }
}
