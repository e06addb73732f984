// docs/traces.md promises the whole format to readers in other languages: no option, action or exported key may be missing from it.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import type { Misfit } from "../../arguments/index.ts"
import { swarmOptions } from "../state/options.ts"
import { readAction } from "../state/read-action.ts"
import { runTo, runWorld } from "../world/run.ts"
import { World } from "../world/world.ts"
import { Chronicle } from "./chronicle.ts"
import { exportMoment } from "./export-events.ts"
import { createTrace } from "./trace.ts"

const page = readFileSync(fileURLToPath(new URL("../../../docs/traces.md", import.meta.url)), "utf8")
/** Everything in code quotes, split where several names stand in one. */
const named = new Set([...page.matchAll(/`([^`\n]+)`/g)].flatMap(([, text]) => text!.split(/[.,\s]+/)))
const missing = (names: Iterable<string>): string[] => [...names].filter((name) => !named.has(name))

test("names every field of a trace, and every option", () => {
  const trace = createTrace(runTo(1, 0), { coreVersion: "0", mode: "swarm", explanation: [] })
  expect(missing(Object.keys(trace))).toEqual([])
  expect(missing(Object.keys(swarmOptions(1)))).toEqual([])
})

test("names every action", () => {
  let known = ""
  try {
    readAction({ kind: "?" }, "")
  } catch (error) {
    known = (error as Misfit).problem
  }
  const kinds = known.replace(/^.*expected one of /, "").split(", ")
  expect(kinds.length).toBeGreaterThan(25)
  expect(missing(kinds)).toEqual([])
})

test("names every key and every action of the exported events", () => {
  const keys = new Set<string>()
  const actions = new Set<string>()
  for (const seed of [51, 52]) {
    const world = World.create({ ...swarmOptions(seed), nodes: 3, safetyMs: 1_000, writesMin: 0 })
    runWorld(world)
    const chronicle = new Chronicle(createTrace(world, { coreVersion: "0", mode: "swarm" }))
    for (let moment = chronicle.next(); moment !== null; moment = chronicle.next()) {
      for (const event of exportMoment(moment)) {
        actions.add(event.action)
        for (const key of Object.keys(event)) keys.add(key)
        if (event.log !== undefined) for (const key of Object.keys(event.log)) keys.add(key)
      }
    }
  }
  expect(actions.size).toBeGreaterThan(8)
  expect(missing(keys)).toEqual([])
  expect(missing(actions)).toEqual([])
})
