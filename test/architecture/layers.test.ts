// Keeps the layer table true. The first suite reads every source; the second plants each kind of violation and sees it
// reported, because a check that cannot fail proves nothing.

import { describe, expect, it } from "vitest"
import { layers, layerViolations } from "./layers.ts"
import { isTest, sourceTree } from "./source-tree.ts"

const problemsOf = (path: string, text: string): string[] => layerViolations(path, text).map(({ problem }) => problem)

describe("the layer table", () => {
  it("holds for every source", () => {
    const sources = sourceTree("src").filter(({ path }) => !isTest(path))
    const found = sources.flatMap(({ path, text }) => layerViolations(path, text))
    expect(sources.length).toBeGreaterThan(50)
    expect(found.map(({ file, line, problem }) => `${file}:${line} ${problem}`)).toEqual([])
  })

  it("has no cycle: every layer imports only rows that stand before it", () => {
    const order = Object.keys(layers)
    for (const [name, { mayImport }] of Object.entries(layers)) {
      for (const other of mayImport) expect(order.indexOf(other), `${name} imports ${other}`).toBeLessThan(order.indexOf(name))
    }
  })

  it("lets a pure layer import pure layers only", () => {
    for (const { mayImport } of Object.values(layers).filter(({ pure }) => pure)) {
      expect(mayImport.filter((name) => layers[name]?.pure !== true)).toEqual([])
    }
  })
})

describe("a planted import", () => {
  it.each([
    ["src/core/log/log.ts", `import { encode } from "../../wire/index.ts"`, "imports wire, but core may import only: arguments"],
    [
      "src/wire/peer/frame.ts",
      `import type { Replica } from "../../replica/index.ts"`,
      "imports replica, but wire may import only: arguments, core",
    ],
    ["src/storage/log.ts", `export * from "../node/index.ts"`, "imports node, but storage may import only: arguments, core, wire"],
    ["src/replica/x.ts", `type T = import("../kv/index.ts").Kv`, "imports kv, but replica may import only: arguments, core, wire, storage"],
    ["src/client/x.ts", `const kv = await import("../kv/index.ts")`, "imports kv, but client may import only: arguments, wire, requests"],
    [
      "src/node/x.ts",
      `import { World } from "../simulator/index.ts"`,
      "imports simulator, but node may import only: arguments, core, wire, storage, requests, replica, kv",
    ],
  ])("of a layer that the row does not name is reported: %s", (path, text, problem) => {
    expect(problemsOf(path, text)).toEqual([problem])
  })

  it.each([
    [
      "src/wire/peer/frame.ts",
      `import { step } from "../../core/step.ts"`,
      "imports src/core/step.ts past the public face of core: use its index.ts",
    ],
    [
      "src/server/x.ts",
      `export { a } from "../core/log/index.ts"`,
      "imports src/core/log/index.ts past the public face of core: use its index.ts",
    ],
    ["src/core/x.ts", `import { a } from "../../test/a.ts"`, "imports ../../test/a.ts, which is outside src"],
  ])("past a public face is reported: %s %s", (path, text, problem) => {
    expect(problemsOf(path, text)).toEqual([problem])
  })

  it("of Node.js or a package is reported in a pure layer, and only there", () => {
    const text = `import { readFileSync } from "node:fs"\nimport pino from "pino"`
    expect(problemsOf("src/storage/x.ts", text)).toEqual([
      "imports node:fs, but storage is a pure layer: it depends on no package and not on Node.js",
      "imports pino, but storage is a pure layer: it depends on no package and not on Node.js",
    ])
    expect(problemsOf("src/node/x.ts", text)).toEqual([])
  })

  it("of the package by its own name is reported", () => {
    expect(problemsOf("src/server/x.ts", `import { open } from "oarlock/node"`)).toHaveLength(1)
  })

  it("that the row allows is not reported", () => {
    expect(problemsOf("src/wire/x.ts", `import type { Message } from "../core/index.ts"`)).toEqual([])
    expect(problemsOf("src/client/x.ts", `import { FrameCutter } from "../wire/client/index.ts"`)).toEqual([])
    expect(problemsOf("src/cli/x.ts", `import { hex } from "../simulator/internal.ts"`)).toEqual([])
    expect(problemsOf("src/core/log/log.ts", `import { invariant } from "../invariants/invariant.ts"`)).toEqual([])
  })

  it("in a folder that is no layer, or in none, is reported", () => {
    expect(problemsOf("src/utils/x.ts", "")).toHaveLength(1)
    expect(problemsOf("src/main.ts", "")).toHaveLength(1)
  })
})

describe("a planted impurity", () => {
  it.each([
    ["async function f() {}", "is async"],
    ["const f = async () => 1", "is async"],
    ["class A { async m() {} }", "is async"],
    ["await f()", "awaits"],
    ["for await (const x of y) f(x)", "awaits"],
    ["export function f(): Promise<void> { return g() }", "names Promise"],
    ["const now = Date.now()", "names Date"],
    ["export interface A { readonly at: Date }", "names Date"],
    ["const x = Math.random()", "names Math.random"],
    ["setTimeout(f, 1)", "names setTimeout"],
    ["const id = process.pid", "names process"],
    ["const now = performance.now()", "names performance"],
    ["const bytes = Buffer.alloc(1)", "names Buffer"],
    ["export function f(bytes: Buffer): void {}", "names Buffer"],
    ["const x = { process }", "names process"],
    ["const x = globalThis[name]", "names globalThis"],
    ["console.log(1)", "names console"],
  ])("is reported in a pure layer, and only there: %s", (text, problem) => {
    for (const layer of ["arguments", "core", "wire", "storage", "requests", "replica", "kv", "simulator"]) {
      expect(problemsOf(`src/${layer}/x.ts`, text)).toEqual([`${problem}, but ${layer} is a pure layer: events in, effects out`])
    }
    expect(problemsOf("src/node/x.ts", text)).toEqual([])
  })

  it("is told from a property and from a name of the file's own", () => {
    const innocent = [
      "const a = node.process",
      "const b = { process: 1, Date: 2 }",
      "export interface C { readonly performance: number }",
      "export function crash(process: number): number { return process + 1 }",
      "const { process } = world\nprocess.crash()",
      "const x = Math.max(1, 2)",
      "// await setTimeout",
    ]
    expect(innocent.flatMap((text) => problemsOf("src/core/x.ts", text))).toEqual([])
  })

  it("is reported with its line", () => {
    expect(layerViolations("src/core/x.ts", "const a = 1\n\nconst b = Date.now()")).toEqual([
      { file: "src/core/x.ts", line: 3, problem: "names Date, but core is a pure layer: events in, effects out" },
    ])
  })
})
