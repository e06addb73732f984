import { expect, test } from "vitest"
import { newPlayground } from "../opening/new-playground.ts"
import type { TimeMachine } from "../time-machine/time-machine.ts"
import { keepRun, keptLengthMax, keptRun, keptRunKey, type RunStorage } from "./kept-run.ts"
import type { Shared } from "./share.ts"

/** What a browser offers, in memory; it may refuse. */
function storageOf(refuses = false): RunStorage {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    removeItem(key) {
      items.delete(key)
    },
    setItem(key, text) {
      if (refuses) throw new Error("the quota has been exceeded")
      items.set(key, text)
    },
  }
}

function run(events: number): { readonly timeMachine: TimeMachine; readonly shared: Shared } {
  const timeMachine = newPlayground(3, 1)
  for (let event = 0; event < events; event++) timeMachine.forward()
  timeMachine.act({ kind: "crash", node: 1, powerLoss: false })
  const trace = timeMachine.trace({ coreVersion: "test", mode: timeMachine.mode, build: timeMachine.buildName })
  const { step, done } = timeMachine.position
  return { timeMachine, shared: { trace, step, done } }
}

test("what was kept comes back as it was", () => {
  const storage = storageOf()
  const { shared } = run(200)
  expect(keepRun(shared, storage)).toBe(true)
  expect(keptRun(storage)).toEqual(shared)
})

test("nothing was kept, or what was kept is damaged: there is none", () => {
  const storage = storageOf()
  expect(keptRun(storage)).toBeNull()
  for (const text of ["", "{", "null", '{"step":1}', '{"step":1,"trace":{"format":99}}']) {
    storage.setItem(keptRunKey, text)
    expect(keptRun(storage)).toBeNull()
  }
})

test("a storage that refuses keeps nothing, and nothing breaks", () => {
  const storage = storageOf(true)
  expect(keepRun(run(10).shared, storage)).toBe(false)
  expect(keptRun(storage)).toBeNull()
})

test("keptLengthMax: a run that is too long is not kept, and an older one does not come back in its place", () => {
  const storage = storageOf()
  const { shared } = run(10)
  keepRun(shared, storage)
  const { trace } = shared
  const [action] = trace.actions
  const actions = Array.from({ length: Math.ceil(keptLengthMax / JSON.stringify(action).length) + 1 }, () => action!)
  expect(keepRun({ ...shared, trace: { ...trace, actions } }, storage)).toBe(false)
  expect(keptRun(storage)).toBeNull()
})
