// The sources as rooms: each folder of `src/` is a floor, each folder in it a room, and files that stand loose in the floor are a room without a name.

/** `{ floors: [{ name, files, rooms: [{ name, files }] }], doors }`; `doors` are `[from, to]` pairs of room names such as `replica/requests`. */
export function groupIntoRooms(imports) {
  const floors = new Map()
  for (const file of imports.keys()) {
    const { floor, room } = placeOf(file)
    const rooms = floors.get(floor) ?? floors.set(floor, new Map()).get(floor)
    rooms.set(room, (rooms.get(room) ?? 0) + 1)
  }
  const doors = new Map()
  for (const [file, targets] of imports) {
    const from = placeOf(file)
    for (const target of targets) {
      if (!imports.has(target)) continue
      const to = placeOf(target)
      if (from.floor !== to.floor) doors.set(`${from.floor} ${to.floor}`, [from.floor, to.floor])
      else if (from.room !== to.room) doors.set(`${from.room} ${to.room}`, [from.room, to.room])
    }
  }
  return {
    floors: [...floors].map(([name, rooms]) => ({
      name,
      files: sum(rooms.values()),
      rooms: [...rooms].map(([room, files]) => ({ name: room, files })),
    })),
    doors: [...doors.values()],
  }
}

/** `src/replica/requests/reads.ts` is in the room `replica/requests` of the floor `replica`; a deeper folder belongs to its room. */
function placeOf(file) {
  const parts = file.split("/").slice(1, -1)
  return { floor: parts[0], room: parts.slice(0, 2).join("/") }
}

function sum(numbers) {
  let total = 0
  for (const number of numbers) total += number
  return total
}

/** Without the edges that follow from others: a → c is left out where a → b → … → c. Edges that are part of a circle stay. */
export function withoutImplied(edges) {
  const targets = new Map()
  for (const [from, to] of edges) targets.set(from, [...(targets.get(from) ?? []), to])
  const reaches = (from, to, isSkipped) => {
    const seen = new Set([from])
    const queue = [from]
    while (queue.length > 0) {
      const at = queue.pop()
      for (const next of targets.get(at) ?? []) {
        if (isSkipped(at, next) || seen.has(next)) continue
        if (next === to) return true
        seen.add(next)
        queue.push(next)
      }
    }
    return false
  }
  const isCircle = ([from, to]) => reaches(to, from, () => false)
  return edges.filter((edge) => isCircle(edge) || !reaches(edge[0], edge[1], (from, to) => from === edge[0] && to === edge[1]))
}
