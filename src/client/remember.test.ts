import { expect, test } from "vitest"
import { remember } from "./remember.ts"

test("serversRememberedMax: of one server more the oldest is forgotten, counted from what was noted of it last", () => {
  const notes = new Map<string, number>()
  for (let server = 0; server < 256; server++) remember(notes, `s${server}`, server)
  expect(notes.size).toBe(256)
  remember(notes, "s0", -1)
  expect(notes.size).toBe(256)
  remember(notes, "new", 1)
  expect(notes.size).toBe(256)
  expect([notes.get("s0"), notes.has("s1"), notes.has("s2"), notes.get("new")]).toEqual([-1, false, true, 1])
})
