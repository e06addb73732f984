/** Server-sent events, as text that comes in pieces: whole events out, and what is unfinished kept for the next piece. */

export interface StreamEvent {
  /** Null: the event has none, so a reader that comes back names the one before. */
  readonly id: string | null
  /** "message" where the stream does not say. */
  readonly kind: string
  readonly data: string
}

/** Characters of one event: a stream that sends more without an end is none of ours. */
export const eventCharactersMax = 1 << 20

export class EventStream {
  #rest = ""

  /** Throws `Error` for an event that does not end. */
  push(text: string): StreamEvent[] {
    const blocks = (this.#rest + text).split("\n\n")
    this.#rest = blocks.pop()!
    if (this.#rest.length > eventCharactersMax) throw new Error("an event without an end")
    return blocks.map(parse).filter((event) => event.data !== "")
  }
}

function parse(block: string): StreamEvent {
  let id: string | null = null
  let kind = "message"
  const data: string[] = []
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) id = line.slice(4)
    else if (line.startsWith("event: ")) kind = line.slice(7)
    else if (line.startsWith("data: ")) data.push(line.slice(6))
  }
  return { id, kind, data: data.join("\n") }
}
