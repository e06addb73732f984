import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { LinkTeller } from "./link-teller.ts"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function teller(answers: ("ok" | "silent")[]) {
  const state = { asked: 0, isThere: true, complaints: [] as string[] }
  const links = new LinkTeller({
    ask: () => {
      state.asked++
      return answers.shift() === "silent" ? Promise.reject(new Error("n1 did not answer within 1500 ms")) : Promise.resolve()
    },
    isThere: () => state.isThere,
    onSilent: (why) => {
      state.complaints.push(why)
    },
  })
  return { links, state }
}

test("retryMs: a node that does not answer is asked again until it does, and complained about once", async () => {
  const { links, state } = teller(["silent", "silent", "ok"])
  expect(await links.tell()).toBe(false)
  await vi.advanceTimersByTimeAsync(499)
  expect(state.asked).toBe(1)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(state).toMatchObject({ asked: 3, complaints: ["n1 did not answer within 1500 ms"] })
  expect(vi.getTimerCount()).toBe(0)
})

test("one request goes after the other, so that the last word is the last one asked for", async () => {
  const { links, state } = teller(["silent", "ok"])
  expect(await Promise.all([links.tell(), links.tell()])).toEqual([false, true])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(state.asked).toBe(2)
})

test("a node that is down is not asked, and one that goes down meanwhile not any more", async () => {
  const { links, state } = teller(["silent", "silent"])
  expect(await links.tell()).toBe(false)
  state.isThere = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await links.tell()).toBe(true)
  expect(state.asked).toBe(1)
})

test("stopped, it asks no more", async () => {
  const { links, state } = teller(["silent"])
  await links.tell()
  links.stop()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(state.asked).toBe(1)
})
