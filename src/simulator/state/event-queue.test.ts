import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EventQueue } from "./event-queue.ts"

function drain(queue: EventQueue<string>): string[] {
  const taken: string[] = []
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next.event)
  return taken
}

describe("event queue", () => {
  it("gives back in the order of time, ties in the order of scheduling, whatever the order of insertion", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (times) => {
        const queue = new EventQueue<string>()
        const expected = times.map((at, order) => ({ at, order })).toSorted((a, b) => a.at - b.at || a.order - b.order)
        for (const [order, at] of times.entries()) queue.add(at, `${order}`)
        expect(queue.inOrder().map(({ event }) => event)).toEqual(expected.map(({ order }) => `${order}`))
        expect(drain(queue)).toEqual(expected.map(({ order }) => `${order}`))
        expect(queue.size).toBe(0)
      }),
    )
  })

  it("what was taken out is gone, and its place is used again", () => {
    const queue = new EventQueue<string>()
    for (const [position, event] of ["a", "b", "c", "d"].entries()) queue.add(10 - position, event)
    queue.takeAll((event) => event === "a" || event === "c")
    expect(queue.size).toBe(2)
    for (const [position, event] of ["e", "f", "g"].entries()) queue.add(7.5 + position, event)
    expect(drain(queue)).toEqual(["d", "e", "f", "b", "g"])
  })

  it("a clone and its original go separate ways and number alike", () => {
    const queue = new EventQueue<string>()
    queue.add(1, "a")
    const copy = queue.clone()
    queue.add(1, "b")
    copy.add(1, "c")
    copy.add(0, "d")
    expect(drain(queue)).toEqual(["a", "b"])
    expect(drain(copy)).toEqual(["d", "a", "c"])
    expect(queue.peek()).toBeUndefined()
  })
})
