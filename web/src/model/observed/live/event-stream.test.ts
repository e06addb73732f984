import { expect, test } from "vitest"
import { eventCharactersMax, EventStream } from "./event-stream.ts"

test("events come out whole, however the text is cut", () => {
  const text = `retry: 1000\n\nid: a:1\ndata: {"n":1}\n\n: still here\n\nevent: skipped\ndata: {"skipped":3}\n\n`
  for (let cut = 0; cut <= text.length; cut++) {
    const stream = new EventStream()
    const found = [...stream.push(text.slice(0, cut)), ...stream.push(text.slice(cut))]
    expect(found).toEqual([
      { id: "a:1", kind: "message", data: `{"n":1}` },
      { id: null, kind: "skipped", data: `{"skipped":3}` },
    ])
  }
})

test("an event without an end is refused", () => {
  const stream = new EventStream()
  expect(stream.push("data: ".padEnd(eventCharactersMax, "x"))).toEqual([])
  expect(() => stream.push("xx")).toThrow("without an end")
})
