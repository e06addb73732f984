import { expect, test } from "vitest"
import { createRoom, enterRoom, leaveRoom } from "./room.ts"

test("so many find room, one more does not, and room that was left is room again", () => {
  const room = createRoom(2, 100)
  expect([enterRoom(room, 1), enterRoom(room, 1), enterRoom(room, 1)]).toEqual([null, null, "count"])
  leaveRoom(room, 1)
  expect(enterRoom(room, 1)).toBeNull()
})

test("bytes up to the bound, not one more", () => {
  const room = createRoom(10, 100)
  expect([enterRoom(room, 60), enterRoom(room, 40), enterRoom(room, 1)]).toEqual([null, null, "bytes"])
  leaveRoom(room, 40)
  expect([enterRoom(room, 41), enterRoom(room, 40)]).toEqual(["bytes", null])
})

test("a request larger than the bound finds room alone", () => {
  const room = createRoom(10, 100)
  expect(enterRoom(room, 1_000)).toBeNull()
  expect(enterRoom(room, 0)).toBe("bytes")
  leaveRoom(room, 1_000)
  expect([enterRoom(room, 1), enterRoom(room, 1_000)]).toEqual([null, "bytes"])
})
