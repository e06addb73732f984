import { readTrace, writeTrace } from "oarlock/simulator"
import { describe, expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import { openTrace } from "../opening/open-trace.ts"
import { History } from "../time-machine/history.ts"
import { BadLink, decodeShare, encodeShare } from "./share.ts"

const source = { coreVersion: "1.2.3", mode: "script" } as const

function recorded() {
  const timeMachine = newPlayground(3, 11)
  for (let event = 0; event < 50; event++) timeMachine.forward()
  timeMachine.act({ kind: "crash", node: 1, powerLoss: true })
  for (let event = 0; event < 50; event++) timeMachine.forward()
  return timeMachine
}

describe("a link", () => {
  test("leads to the same run at the same moment", async () => {
    const timeMachine = recorded()
    const text = await encodeShare({ trace: timeMachine.trace(source), step: 70 })
    expect(text).toMatch(/^[\w-]+$/)
    expect(text.length).toBeLessThan(2_000)
    const shared = await decodeShare(text)
    const opened = openTrace(shared.trace)
    expect(shared.step).toBe(70)
    expect(opened.isSame).toBe(true)
    opened.timeMachine.seek(70)
    timeMachine.seek(70)
    expect(opened.timeMachine.world.hash()).toBe(timeMachine.world.hash())
  })

  test("leads to before what was undone", async () => {
    const timeMachine = recorded()
    const history = new History()
    history.record(timeMachine, () => timeMachine.act({ kind: "crash", node: 2, powerLoss: false }))
    history.undo(timeMachine)
    const { step, done } = timeMachine.position
    const shared = await decodeShare(await encodeShare({ trace: timeMachine.trace(source), step, done }))
    const opened = openTrace(shared.trace)
    opened.timeMachine.goTo({ branch: 1, step: shared.step, done: shared.done! }, true)
    expect(opened.isSame).toBe(true)
    expect(opened.timeMachine.world.hash()).toBe(timeMachine.world.hash())
    expect(opened.timeMachine.world.stateOf(2)).not.toBeNull()
  })

  test("to a run that is too long is refused in words", async () => {
    const trace = recorded().trace(source)
    const endless = await encodeShare({ trace: { ...trace, end: { ...trace.end, step: 1e9 } }, step: 0 })
    await expect(decodeShare(endless)).rejects.toThrow(/a run of 1000000000 events/)
  })

  test("is refused in words, whatever became of it on the way", async () => {
    const text = await encodeShare({ trace: recorded().trace(source), step: 70 })
    for (const bad of [text.slice(0, -9), text.slice(3), `${text.slice(0, 40)}!!${text.slice(42)}`, "x", "AAAA", text.toUpperCase()]) {
      await expect(decodeShare(bad), bad.slice(0, 20)).rejects.toThrow(BadLink)
    }
  })

  test("of another kind is refused in words", async () => {
    const foreign = await encodeShare({ trace: { formatVersion: 99 } as never, step: 0 })
    await expect(decodeShare(foreign)).rejects.toThrow(/no run that this version can show/)
    const nothing = await encodeShare({} as never)
    await expect(decodeShare(nothing)).rejects.toThrow("does not lead to a run of Oarlock")
  })

  test("that unpacks to very much is not opened", async () => {
    const bomb = await encodeShare({ trace: "0".repeat(9 << 20) as never, step: 0 })
    await expect(decodeShare(bomb)).rejects.toThrow("unpacks to more than a page should hold")
  })
})

test("a file that is saved, opened and saved again is the same file", () => {
  const file = writeTrace(recorded().trace(source))
  const opened = openTrace(readTrace(file))
  expect(opened.isSame).toBe(true)
  expect(writeTrace(opened.timeMachine.trace(source))).toBe(file)
})
