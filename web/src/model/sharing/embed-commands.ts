/** What the page around an embedded scenario may ask of it, by `postMessage`, and what it is told. */

export type Command =
  | { readonly do: "play" | "pause" | "forward" | "back" | "look" }
  | { readonly do: "seek"; readonly step: number }
  /** World milliseconds in a second on the wall. */
  | { readonly do: "speed"; readonly perSecond: number }

/** Sent to the page around it whenever something has changed; `oarlock` is the version of this protocol. */
export interface EmbedState {
  readonly oarlock: 1
  readonly is: "state"
  readonly title: string
  readonly step: number
  readonly end: number
  /** World time in milliseconds. */
  readonly at: number
  readonly isPlaying: boolean
  readonly leaders: readonly number[]
  readonly term: number
  /** The checker that complains, or null. */
  readonly violated: string | null
}

/** The answer to what is no command. */
export interface EmbedRefusal {
  readonly oarlock: 1
  readonly is: "problem"
  readonly text: string
}

/** World milliseconds in a second on the wall that may be asked for. */
const [speedMin, speedMax] = [0.1, 100_000]

const simple: ReadonlySet<string> = new Set(["play", "pause", "forward", "back", "look"])

/** Null for a message that is not meant for us; a sentence for one that is, and cannot be understood. */
export function readCommand(data: unknown): Command | string | null {
  if (typeof data !== "object" || data === null || !("oarlock" in data)) return null
  const message = data as Record<string, unknown>
  if (message["oarlock"] !== 1) return `"oarlock" is ${shown(message["oarlock"])}; this page speaks version 1`
  const { do: action, step, perSecond } = message
  if (typeof action === "string" && simple.has(action)) return { do: action } as Command
  if (action === "seek") {
    return Number.isInteger(step) && (step as number) >= 0
      ? { do: action, step: step as number }
      : `"seek" needs "step", the number of an event`
  }
  if (action === "speed") {
    const isSpeed = typeof perSecond === "number" && perSecond >= speedMin && perSecond <= speedMax
    return isSpeed ? { do: action, perSecond } : `"speed" needs "perSecond", milliseconds from ${speedMin} to ${speedMax}`
  }
  return `"do" is ${shown(action)}; it can be ${[...simple, "seek", "speed"].join(", ")}`
}

/** What somebody sent, for a sentence: it can be anything that can be sent at all. */
function shown(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value.slice(0, 40))
    : typeof value === "number"
      ? String(value)
      : `a value of type ${typeof value}`
}
