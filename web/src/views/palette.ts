/** One channel, one meaning: hue is the term. The number is always printed beside it, so that nobody depends on telling colours apart. */

const terms = ["#7CC7F0", "#F2B134", "#3FB28F", "#F4E66A", "#D99ABF", "#E8794A", "#B9BEC7", "#4C8FD6"] as const

export function colorOfTerm(term: number): string {
  return term === 0 ? "var(--no-term)" : terms[(term - 1) % terms.length]!
}
