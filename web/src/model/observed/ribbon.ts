/** What one node was over time: a role and a term from each moment on, and the stretches in which nobody could tell. */

export type RibbonRole = "follower" | "preCandidate" | "candidate" | "leader" | "away"

/** From this moment on. */
export interface Mark {
  readonly at: number
  readonly role: RibbonRole
  /** 0 for `away`. */
  readonly term: number
}

export interface Span extends Mark {
  readonly until: number
}

/** Marks that are kept, the latest: an hour of an election every four seconds. */
export const marksMax = 1_000

export class Ribbon {
  marks: readonly Mark[]

  constructor(marks: readonly Mark[] = []) {
    this.marks = marks
  }

  /** Marks may come late: a node tells its history when the page comes. */
  add(mark: Mark): void {
    let place = this.marks.length
    while (place > 0 && this.marks[place - 1]!.at > mark.at) place--
    const before = this.marks[place - 1]
    if (before !== undefined && isSame(before, mark)) return
    const after = this.marks[place]
    const rest = after !== undefined && isSame(mark, after) ? this.marks.slice(place + 1) : this.marks.slice(place)
    this.marks = [...this.marks.slice(0, place), mark, ...rest].slice(-marksMax)
  }

  /** What lies between two moments. */
  spans(from: number, until: number): Span[] {
    return this.marks
      .map((mark, place) => ({ ...mark, at: Math.max(from, mark.at), until: Math.min(until, this.marks[place + 1]?.at ?? until) }))
      .filter((span) => span.until > span.at)
  }

  /** Since when it leads `term`, as far as that is known. */
  since(role: RibbonRole, term: number): number | null {
    return this.marks.find((mark) => mark.role === role && mark.term === term)?.at ?? null
  }
}

function isSame(a: Mark, b: Mark): boolean {
  return a.role === b.role && a.term === b.term
}
