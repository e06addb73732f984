import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { Address } from "../configuration/address.ts"
import { awaitOwnNames } from "./own-names.ts"

const log = { warn: vi.fn(), info: vi.fn() }
const address = (host: string): Address => ({ host, port: 2379, secure: null })

beforeEach(() => {
  vi.useFakeTimers()
  vi.clearAllMocks()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A name that fails with these codes, one after the other, and then is there. */
function name(...codes: string[]) {
  const tried = vi.fn(() => {
    const code = codes.shift()
    return code === undefined ? Promise.resolve() : Promise.reject(Object.assign(new Error(code), { code }))
  })
  return tried
}

test.each([
  ["ENOTFOUND", "it resolves to nothing"],
  ["EAI_AGAIN", "the name server does not answer"],
  ["EADDRNOTAVAIL", "it resolves to an address that is not this machine's"],
])("nameRetryMs: a name that is not there yet (%s) is waited for, and the log says for which and why", async (code, why) => {
  const tried = name(code, code)
  let isThere = false
  const waiting = awaitOwnNames([address("n1.oarlock")], log, tried).then(() => (isThere = true))
  await vi.advanceTimersByTimeAsync(1999)
  expect([tried.mock.calls.length, isThere]).toEqual([2, false])
  await vi.advanceTimersByTimeAsync(1)
  await waiting
  expect(tried.mock.calls.length).toBe(3)
  expect(log.warn.mock.calls).toEqual([
    [{ name: "n1.oarlock" }, expect.stringContaining(`cannot listen on the name n1.oarlock yet, ${why}: `)],
  ])
  expect(log.info).toHaveBeenCalledOnce()
})

test("a long wait is told again and again, not every second", async () => {
  const waiting = awaitOwnNames([address("n1")], log, name(...Array.from({ length: 90 }, () => "ENOTFOUND")))
  await vi.advanceTimersByTimeAsync(90_000)
  await waiting
  expect(log.warn).toHaveBeenCalledTimes(3)
})

test("each name is tried once for all its ports; addresses and other troubles are left to who listens", async () => {
  const tried = name("EACCES")
  await awaitOwnNames([address("127.0.0.1"), address("::1"), address("n1"), address("n1")], log, tried)
  expect(tried.mock.calls).toEqual([["n1"]])
  expect(log.warn).not.toHaveBeenCalled()
})

test("localhost is there", async () => {
  vi.useRealTimers()
  await awaitOwnNames([address("localhost")], log)
  expect(log.warn).not.toHaveBeenCalled()
})
