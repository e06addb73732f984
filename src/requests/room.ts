/**
 * A bound on the requests under way in a client, a node or a session, by number and by bytes. A request beyond it is refused before anything is sent, so it
 * was certainly not done.
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

/** Counts one more request and returns null, or returns the bound that it would exceed. */
export function enterRoom(room: Room, bytes: number): "count" | "bytes" | null {
  if (room.count >= room.countMax) return "count"
  if (room.count > 0 && room.bytes + bytes > room.bytesMax) return "bytes"
  room.count += 1
  room.bytes += bytes
  return null
}

/** Counts one request less. */
export function leaveRoom(room: Room, bytes: number): void {
  room.count -= 1
  room.bytes -= bytes
}
