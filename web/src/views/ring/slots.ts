/** Keys for lists whose members come and go all the time. */

/** A number for each name: who stays keeps its own, and who is new takes that of one who is gone, so that its elements are changed and not made anew. */
export function slotsFor(names: readonly string[], before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const stay = new Set(names)
  const free = [...before].filter(([name]) => !stay.has(name)).map(([, slot]) => slot)
  let next = Math.max(-1, ...before.values()) + 1
  let taken = 0
  return new Map(names.map((name) => [name, before.get(name) ?? free[taken++] ?? next++]))
}
