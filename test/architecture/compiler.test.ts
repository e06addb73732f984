// The pure layers compile without Node and DOM types. This asks the compiler itself, with the very settings of the pure
// project, about a file that reaches for the outside, and for comparison with the settings of the Node project.

import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const reaches = ["setTimeout(() => {}, 1)", "process.pid", `fetch("x")`, "Buffer.alloc(1)", "performance.now()", `console.log("x")`]

/** The lines of a planted file that do not type-check under the settings of one of our projects. */
function rejectedLines(project: string, lines: readonly string[]): number[] {
  mkdirSync(join(root, ".build"), { recursive: true })
  const folder = mkdtempSync(join(root, ".build", "planted-"))
  try {
    writeFileSync(join(folder, "planted.ts"), lines.map((line) => `${line};\n`).join(""))
    const compilerOptions = { rootDir: ".", outDir: "out", tsBuildInfoFile: "out/info.tsbuildinfo" }
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: `../../${project}`, compilerOptions, include: ["planted.ts"], references: [] }),
    )
    const output = compile(folder)
    return [...new Set([...output.matchAll(/planted\.ts\((\d+),/g)].map(([, line]) => Number(line)))]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function compile(folder: string): string {
  try {
    return execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { cwd: folder, encoding: "utf8" })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

describe("the compiler", () => {
  it("knows no timer, process, network or console in the pure layers", () => {
    expect(rejectedLines("tsconfig.pure.json", [...reaches, "Math.max(1, 2)"])).toEqual([1, 2, 3, 4, 5, 6])
  })

  it("knows them in the layers that touch the machine", () => {
    expect(rejectedLines("tsconfig.node.json", reaches)).toEqual([])
  })
})
