import { expect, test } from "vitest"
import { production } from "../state/build.ts"
import { calmOptions } from "../state/options.ts"
import { World } from "../world/world.ts"
import { forgetSession, leaveSession, noSession, openedSession, ownerOf, renewToken, takeNumber, usesSession } from "./client-session.ts"

const rules = production.requests
const idOf = (id: number): Uint8Array => new Uint8Array([0, 0, 0, 0, 0, 0, 0, id])
const noToken = () => ({ sessionId: 0, sequence: 0, answeredBelow: 0 })

test("two clients share a session: each write keeps its number, and the mark stays at the one without an answer", () => {
  const [slow, quick, next] = [noToken(), noToken(), noToken()]
  let session = openedSession(noSession, idOf(7))
  session = takeNumber(slow, session, rules)
  session = takeNumber(quick, session, rules)
  session = leaveSession(quick, session, rules)
  session = takeNumber(next, session, rules)
  renewToken(next, session, rules)
  expect(next).toEqual({ sessionId: 7, sequence: 3, answeredBelow: 1 })
  session = leaveSession(slow, session, rules)
  renewToken(next, session, rules)
  expect(next).toEqual({ sessionId: 7, sequence: 3, answeredBelow: 3 })
  expect(noSession.numbers).toEqual({ next: 1, unanswered: new Set() })
})

test("of two that open the session at once the first is kept, and both write in it", () => {
  const first = openedSession(noSession, idOf(7))
  expect(openedSession(first, idOf(8))).toBe(first)
})

test("a write of a session that is gone keeps what it carried, and disturbs the next session in nothing", () => {
  const write = noToken()
  takeNumber(write, openedSession(noSession, idOf(7)), rules)
  const next = openedSession(noSession, idOf(8))
  renewToken(write, next, rules)
  expect(write).toMatchObject({ sessionId: 7, sequence: 1 })
  expect(leaveSession(write, next, rules)).toBe(next)
  expect(forgetSession(write, next)).toBe(next)
  expect(forgetSession({ ...write, sessionId: 8 }, next)).toBe(noSession)
})

test("in a world with sessions some clients share one, and have several writes under way in it", () => {
  const clients = { ...calmOptions.clients, count: 6, sessionShare: 1, readShare: 0, thinkMsMax: 5 }
  const world = World.create({ ...calmOptions, seed: 3, clients })
  const owners = world.clients.map(({ sessionOwner }) => sessionOwner)
  expect(owners).toEqual(world.clients.map(({ id }) => ownerOf(id, world.options)))
  expect(owners.every((owner) => usesSession(owner, world.options))).toBe(true)
  expect(new Set(owners).size).toBeLessThan(6)
  let isBelow = false
  for (let event = 0; event < 5_000 && !isBelow; event++) {
    world.step()
    isBelow = world.clients.some(({ sequence, answeredBelow }) => answeredBelow > 0 && answeredBelow < sequence)
  }
  expect(isBelow).toBe(true)
  expect(world.violation).toBeNull()
})
