import { describe, expect, it } from "vitest"
import { SharedList } from "./shared-list.ts"

describe("append list", () => {
  it("copies share what they have in common and never see what the others append", () => {
    const list = new SharedList<number>()
    list.push(1)
    const first = list.clone()
    const second = list.clone()
    first.push(2)
    second.push(3)
    list.push(4)
    first.push(5)
    expect([...list]).toEqual([1, 4])
    expect([...first]).toEqual([1, 2, 5])
    expect([...second]).toEqual([1, 3])
  })

  it("has no items outside of its own length, even if a copy has grown", () => {
    const list = new SharedList<number>()
    const copy = list.clone()
    copy.push(1)
    expect(list.at(0)).toBeUndefined()
    expect(list.last()).toBeUndefined()
    expect(copy.last()).toBe(1)
    expect(list.length).toBe(0)
  })
})
