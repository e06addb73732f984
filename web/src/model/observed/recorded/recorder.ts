/**
 * Keeps what a Live page came to know, for the last minutes, so that it can be looked at again.
 *
 * Notes are kept as the text that they will be in the file: their size is known, and they take no more room than that. What is too old goes into a
 * model of its own, which becomes the beginning of the capture: so the first moment of it is as whole as the last.
 */

import { Cluster, type ClusterState } from "../cluster.ts"
import type { Note } from "../note.ts"
import { noteSchema } from "./note-schema.ts"
import type { captureVersion } from "./read-capture.ts"
import { SchemaError } from "./schema.ts"

/** How far back a capture goes, in milliseconds: long enough to see a problem and then to think of saving it. */
export const keptForMs = 10 * 60_000
/** Bytes of notes: ten minutes of three nodes are about six million. With its beginning a capture stays below what Replay opens. */
export const notesBytesMax = 24 << 20
/** Notes that a capture holds: to go anywhere in it all before may have to be taken again. */
export const notesMax = 100_000

interface KeptNote {
  readonly at: number
  readonly text: string
  readonly bytes: number
}

export class Recorder {
  /** What was known at `#from`. */
  readonly #before = new Cluster()
  #from: number
  #notes: KeptNote[] = []
  /** Those before it in `#notes` are gone already. */
  #first = 0
  #bytes = 0
  #lastAt: number
  readonly #bytesMax: number

  constructor(now: number, bytesMax = notesBytesMax) {
    this.#from = now
    this.#lastAt = now
    this.#bytesMax = bytesMax
  }

  take(note: Note): void {
    // A wall clock may be set back; the notes stay in the order in which they were made.
    this.#lastAt = Math.max(this.#lastAt, note.at)
    const text = textOf({ ...note, at: this.#lastAt })
    if (text === null) return
    const bytes = new TextEncoder().encode(text).length
    this.#notes.push({ at: this.#lastAt, text, bytes })
    this.#bytes += bytes
    this.#forget()
  }

  /** The capture as a file's text: a line for each note. `oarlock` is the version of this page. */
  write(now: number, oarlock: string): string {
    const head = {
      captureVersion: 2 satisfies typeof captureVersion,
      oarlock,
      from: this.#from,
      until: Math.max(now, this.#lastAt),
      start: this.#before.state() satisfies ClusterState,
    }
    const notes = this.#notes.slice(this.#first).map(({ text }) => text)
    return `${JSON.stringify(head).slice(0, -1)},"notes":[\n${notes.join(",\n")}\n]}\n`
  }

  #forget(): void {
    for (;;) {
      const oldest = this.#notes[this.#first]
      if (oldest === undefined) break
      const isOver = this.#bytes > this.#bytesMax || this.#notes.length - this.#first > notesMax
      if (!isOver && oldest.at >= this.#lastAt - keptForMs) break
      this.#before.take(noteSchema(JSON.parse(oldest.text), "note"))
      this.#from = oldest.at
      this.#bytes -= oldest.bytes
      this.#first += 1
    }
    if (this.#first <= this.#notes.length / 2) return
    this.#notes = this.#notes.slice(this.#first)
    this.#first = 0
  }
}

/** Null for what no reader would take: an answer that is not like a node's. */
function textOf(note: Note): string | null {
  try {
    return JSON.stringify(noteSchema(note, "note"))
  } catch (error) {
    if (error instanceof SchemaError) return null
    throw error
  }
}
