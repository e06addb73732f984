/** Finds the word that somebody probably meant: the nearest one, if it is near enough to be a slip of the fingers. */

/** One of `words` that is at most a third of its letters away from `typed`; null if none is. */
export function nearMiss(typed: string, words: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Infinity
  for (const word of words) {
    const distance = distanceBetween(typed.toLowerCase(), word.toLowerCase())
    if (distance < bestDistance && distance <= Math.max(1, Math.floor(word.length / 3))) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

/** Letters to put in, take out, replace, or swap with their neighbour to get from `a` to `b`. */
export function distanceBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const differs = a[row - 1] === b[column - 1] ? 0 : 1
      const above = rows[row - 1]!
      let distance = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + differs)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) distance = Math.min(distance, rows[row - 2]![column - 2]! + 1)
      current.push(distance)
    }
    rows.push(current)
  }
  return rows[a.length]![b.length]!
}
