/**
 * A bound by number and by bytes on what is under way: of a client, a node, a session. A request that finds no room is refused before anything is sent,
 * so the refusal is certain.
 */

export interface Room {
  readonly countMax: number
  /** A single request may be larger: it would never find room otherwise. */
  readonly bytesMax: number
  count: number
  bytes: number
}

export function createRoom(countMax: number, bytesMax: number): Room {
  return { countMax, bytesMax, count: 0, bytes: 0 }
}

/** Counts one more request. Names the bound that is against it, or null. */
export function enterRoom(room: Room, bytes: number): "count" | "bytes" | null {
  if (room.count >= room.countMax) return "count"
  if (room.count > 0 && room.bytes + bytes > room.bytesMax) return "bytes"
  room.count += 1
  room.bytes += bytes
  return null
}

/** A request that was counted is over. */
export function leaveRoom(room: Room, bytes: number): void {
  room.count -= 1
  room.bytes -= bytes
}
