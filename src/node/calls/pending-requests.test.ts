import { expect, test } from "vitest"
import { PendingRequests, type Receiver, requestsMax } from "./pending-requests.ts"

const receiver: Receiver = { onCommitted() {}, onAnswered() {}, onRejected() {}, onUnknown() {}, onFailed() {} }

test("an id leads to its receiver and tag until it is settled, and never again", () => {
  const pending = new PendingRequests()
  const id = pending.add(receiver, 7)!
  expect(pending.receiverOf(id)).toBe(receiver)
  expect(pending.tagOf(id)).toBe(7)
  expect(pending.count).toBe(1)
  pending.remove(id)
  expect(pending.receiverOf(id)).toBeNull()
  expect(pending.count).toBe(0)
})

test("slots are used again under new ids", () => {
  const pending = new PendingRequests()
  const seen = new Set<number>()
  for (let round = 0; round < 1000; round++) {
    const id = pending.add(receiver, round)!
    expect(Number.isSafeInteger(id) && id > 0).toBe(true)
    expect(seen.has(id)).toBe(false)
    seen.add(id)
    if (round % 3 !== 0) pending.remove(id)
  }
  expect(pending.ids()).toHaveLength(pending.count)
  for (const id of pending.ids()) expect(pending.tagOf(id) % 3).toBe(0)
})

test("ids that were never given out belong to nobody", () => {
  const pending = new PendingRequests()
  const id = pending.add(receiver, 1)!
  for (const other of [0, 1, id - 1, id + 1, 2 * id]) expect(pending.receiverOf(other)).toBeNull()
})

test("requestsMax: one more gets no id, until one is answered", () => {
  const pending = new PendingRequests()
  let last = 0
  for (let count = 0; count < requestsMax; count++) last = pending.add(receiver, 1)!
  expect(pending.count).toBe(1_048_576)
  expect(pending.add(receiver, 1)).toBeNull()
  pending.remove(last)
  const id = pending.add(receiver, 2)
  expect(id).not.toBeNull()
  expect(id).not.toBe(last)
  expect(pending.add(receiver, 1)).toBeNull()
})
