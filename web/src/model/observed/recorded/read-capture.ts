/** A capture from outside. Everything that can be wrong with it is said before anything of it is shown, with what to do about it. */

import type { ClusterState } from "../cluster.ts"
import type { Note } from "../note.ts"
import { stateSchema, noteSchema } from "./note-schema.ts"
import { notesMax } from "./recorder.ts"
import { SchemaError, list, moment, object, oneOf, text } from "./schema.ts"

export const captureVersion = 2

export interface Capture {
  readonly captureVersion: typeof captureVersion
  /** The version of the page that saved it. */
  readonly oarlock: string
  readonly from: number
  readonly until: number
  /** What was known at `from`. */
  readonly start: ClusterState
  /** What came to be known since, in that order. */
  readonly notes: readonly Note[]
}

/** A file that cannot be opened. The message is a sentence, or two, about "it". */
export class BadCapture extends Error {
  override readonly name = "BadCapture"
}

const schema = object<Capture>({
  captureVersion: oneOf(captureVersion),
  oarlock: text,
  from: moment,
  until: moment,
  start: stateSchema,
  notes: list(noteSchema, notesMax),
})

/** Whether a file says of itself that it is a capture, be it whole or not. */
export function isCapture(source: string): boolean {
  return source.includes('"captureVersion"')
}

/** Throws a `BadCapture`. */
export function readCapture(source: string): Capture {
  const value = parse(source)
  requireVersion(value)
  try {
    const capture = schema(value, "")
    requireOrder(capture)
    return capture
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    throw new BadCapture(`It is damaged, or was changed by hand: ${error.message}. Save it again on the Live page, or ask for it again.`)
  }
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    throw new BadCapture("It is damaged: a part of it is missing or was changed on the way. Copy it again from where it was saved.")
  }
}

/** First of all: in another version, everything else may mean something else. */
function requireVersion(value: unknown): void {
  if (typeof value !== "object" || value === null || !("captureVersion" in value)) throw new BadCapture("It is no capture of Oarlock.")
  const { captureVersion: found } = value
  if (found === captureVersion) return
  const shown = (JSON.stringify(found) ?? "nothing").slice(0, 20)
  const saver = "oarlock" in value && typeof value.oarlock === "string" ? ` Oarlock ${value.oarlock.slice(0, 20)} saved it:` : ""
  throw new BadCapture(
    `It is a capture of version ${shown}; this page opens version ${captureVersion}.${saver} open it with the page of that version.`,
  )
}

function requireOrder({ from, until, notes, start }: Capture): void {
  if (from > until) throw new SchemaError("until", "comes before the beginning")
  if (notes.length === 0 && start.sights.length === 0) {
    throw new BadCapture("Nothing was known yet when it was saved. Let the Live page hear of the nodes first, then save again.")
  }
  inOrder(notes, "notes", from)
  inOrder(start.events, "start.events")
  for (const [place, { marks }] of start.sights.entries()) inOrder(marks, `start.sights[${place}].marks`)
  if ((notes.at(-1)?.at ?? from) > until) throw new SchemaError("until", "is earlier than the last of notes")
}

/** The model counts on it: what is out of order would be shown at moments at which it was not known. */
function inOrder(moments: readonly { readonly at: number }[], path: string, from = -Infinity): void {
  let before = from
  for (const [place, { at }] of moments.entries()) {
    if (at < before) throw new SchemaError(`${path}[${place}]`, "is earlier than what stands before it, so they are out of order")
    before = at
  }
}
