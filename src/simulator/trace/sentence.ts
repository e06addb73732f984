/** What the explanations of a step are made of. */

/** Adds a sentence without its full stop; `paper` is where its rule stands. */
export type Say = (text: string, paper?: string | null) => void

/** `5` or `5–7`. */
export function range(from: number, through: number): string {
  return from === through ? String(from) : `${from}–${through}`
}
