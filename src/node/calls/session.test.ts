import { afterEach, beforeEach, expect, test, vi } from "vitest"
import type { SessionToken } from "../../replica/index.ts"
import type { Engine } from "../engine.ts"
import { CallBudget, callBytesMax, callsMax } from "./call-budget.ts"
import { call } from "./call.ts"
import type { Receiver } from "./pending-requests.ts"
import { RetryGate } from "./retry-gate.ts"
import { Session } from "./session.ts"

interface Submitted {
  readonly token: SessionToken
  readonly receiver: Receiver
}

let submitted: Submitted[]
let engine: Engine
beforeEach(() => {
  submitted = []
  // As much of an engine as a session needs: it answers when the test says so.
  const fake = {
    stoppedBecause: null,
    submit(_command: Uint8Array, token: SessionToken, receiver: Receiver) {
      return submitted.push({ token, receiver })
    },
    keepSession: () => 0,
    cancel(id: number) {
      submitted[id - 1]!.receiver.onUnknown(0, "the caller gave up waiting")
    },
  }
  engine = fake as unknown as Engine
})
afterEach(() => vi.useRealTimers())

function openSession(budget = new CallBudget(callsMax, callBytesMax, "of this node")): Session {
  return new Session({ id: 7, engine, gate: new RetryGate(), budget, timeoutMs: 60_000, onClosed: () => {} })
}

const answer = ({ receiver }: Submitted): void => receiver.onCommitted(0, 1, new Uint8Array(0))

test("sessionInflightMax: one more command is refused as overloaded, certainly not done, and takes no number", async () => {
  const session = openSession()
  const waiting = Array.from({ length: 1_024 }, () => session.propose(new Uint8Array(1)))
  const refused = session.propose(new Uint8Array(1))
  await expect(refused).rejects.toMatchObject({ code: "overloaded", outcome: "rejected", message: /1024 calls of session 7.*not done/ })
  expect(submitted).toHaveLength(1_024)
  answer(submitted[0]!)
  await waiting[0]
  const next = session.propose(new Uint8Array(1))
  expect(submitted.at(-1)!.token).toEqual({ sessionId: 7, sequence: 1_025, answeredBelow: 2 })
  for (const each of submitted.slice(1)) answer(each)
  await Promise.all([...waiting, next])
  session.abandon()
})

test("sessionInflightBytesMax: so many bytes may be under way, and a longer command alone", async () => {
  const session = openSession()
  const most = 16 << 20
  const long = session.propose(new Uint8Array(most + 1))
  await expect(session.propose(new Uint8Array(1))).rejects.toMatchObject({ code: "overloaded", outcome: "rejected" })
  answer(submitted[0]!)
  await long
  const first = session.propose(new Uint8Array(most - 1))
  const second = session.propose(new Uint8Array(1))
  await expect(session.propose(new Uint8Array(1))).rejects.toMatchObject({ code: "overloaded" })
  for (const each of submitted.slice(1)) answer(each)
  await Promise.all([first, second])
  session.abandon()
})

test("a closed session refuses with the code of a closed session of a client", async () => {
  const session = openSession()
  session.abandon()
  await expect(session.propose(new Uint8Array(1))).rejects.toMatchObject({ code: "closed", outcome: "rejected" })
})

test("what sessions have under way counts for the node that they belong to", async () => {
  const budget = new CallBudget(2, callBytesMax, "of this node")
  const [one, other] = [openSession(budget), openSession(budget)]
  const waiting = [one.propose(new Uint8Array(1)), other.propose(new Uint8Array(1))]
  await expect(one.propose(new Uint8Array(1))).rejects.toMatchObject({ code: "overloaded", outcome: "rejected" })
  for (const each of submitted) answer(each)
  await Promise.all(waiting)
  const third = one.propose(new Uint8Array(1))
  answer(submitted.at(-1)!)
  await third
  one.abandon()
  other.abandon()
})

test("sessionCallTimeoutMs: a command that brings no time of its own is tried for so long", async () => {
  vi.useFakeTimers()
  const session = openSession()
  const outcome = session.propose(new Uint8Array(1)).catch((error: unknown) => error)
  let isOver = false
  outcome.then(() => (isOver = true)).catch(() => {})
  await vi.advanceTimersByTimeAsync(29_999)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await outcome).toMatchObject({ code: "timeout", outcome: "unknown", message: /no answer within 30000 ms/ })
  session.abandon()
})

test("retryWaitMs: what was turned away for the moment is tried again after so long, or sooner if the gate opens", async () => {
  vi.useFakeTimers()
  const gate = new RetryGate()
  const receivers: Receiver[] = []
  const start = (receiver: Receiver): number => receivers.push(receiver)
  const traits = { effect: "each" as const, leaderOnly: false, budget: null, commandBytes: 0 }
  const done = call({ engine, gate, what: "the proposal", timeoutMs: 10_000, start, ...traits })
  receivers[0]!.onRejected(0, "noLeader", "no leader is known", null)
  await vi.advanceTimersByTimeAsync(49)
  expect(receivers).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(receivers).toHaveLength(2)
  receivers[1]!.onRejected(0, "noLeader", "no leader is known", null)
  gate.open()
  expect(receivers).toHaveLength(3)
  receivers[2]!.onCommitted(0, 5, new Uint8Array(0))
  expect(await done).toMatchObject({ index: 5 })
})

test("a call that waits for a leader counts until it ends, however it ends", async () => {
  vi.useFakeTimers()
  const budget = new CallBudget(1, callBytesMax, "of this node")
  const traits = { effect: "each" as const, leaderOnly: false, budget, commandBytes: 10 }
  const begin = (start: (receiver: Receiver) => number) =>
    call({ engine, gate: new RetryGate(), what: "the proposal", timeoutMs: 1_000, start, ...traits }).catch((error: unknown) => error)
  const refuse = (receiver: Receiver): number => {
    queueMicrotask(() => receiver.onRejected(0, "noLeader", "no leader is known", null))
    return 1
  }
  const first = begin(refuse)
  await vi.advanceTimersByTimeAsync(500)
  expect(await begin(refuse)).toMatchObject({ code: "overloaded", outcome: "rejected" })
  await vi.advanceTimersByTimeAsync(600)
  expect(await first).toMatchObject({ code: "timeout" })
  const failed = begin((receiver) => {
    queueMicrotask(() => receiver.onFailed(0, "no", new Error("no")))
    return 1
  })
  expect(await failed).toMatchObject({ code: "queryFailed" })
  expect(budget.begin(0)).toBeNull()
})

test("a session that the cluster has forgotten takes no more commands, and says so without asking again", async () => {
  const session = openSession()
  const first = session.propose(new Uint8Array(1))
  submitted[0]!.receiver.onUnknown(0, "leadership was lost")
  await vi.waitFor(() => expect(submitted).toHaveLength(2))
  submitted[1]!.receiver.onRejected(0, "sessionExpired", "the session is not known", null)
  await expect(first).rejects.toMatchObject({ code: "sessionExpired", outcome: "unknown" })
  await expect(session.propose(new Uint8Array(1))).rejects.toMatchObject({ code: "sessionExpired", outcome: "rejected" })
  expect(submitted).toHaveLength(2)
  await session.close()
})

test("a number that was forgotten is one command's trouble: the session goes on", async () => {
  const session = openSession()
  const first = session.propose(new Uint8Array(1))
  submitted[0]!.receiver.onRejected(0, "sequenceForgotten", "its result is not kept any more", null)
  await expect(first).rejects.toMatchObject({ code: "sequenceForgotten", outcome: "rejected" })
  const second = session.propose(new Uint8Array(1))
  answer(submitted[1]!)
  await second
  session.abandon()
})

test("every try of a command carries its number, and the mark stays at the oldest that is still tried", async () => {
  const session = openSession()
  const slow = session.propose(new Uint8Array(1))
  const quick = session.propose(new Uint8Array(1))
  answer(submitted[1]!)
  await quick
  submitted[0]!.receiver.onUnknown(0, "leadership was lost")
  await vi.waitFor(() => expect(submitted).toHaveLength(3))
  expect(submitted[2]!.token).toEqual({ sessionId: 7, sequence: 1, answeredBelow: 1 })
  answer(submitted[2]!)
  await slow
  session.abandon()
})
