// What holds for every command, whichever there are: the list comes from the program itself.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { exitCode } from "../../src/cli/terminal/cli-error.ts"
import { allCommands, type Leaf, runHere } from "./commands.ts"

const { leaves, groups } = allCommands()
const folder = mkdtempSync(join(tmpdir(), "oarlock-commands-"))
writeFileSync(join(folder, "file"), "")

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** What a command needs beside its arguments to get as far as to the cluster. */
const needed: Readonly<Record<string, readonly string[]>> = {
  cas: ["--absent"],
  txn: ["--then", "get a"],
  "member add": ["--peer", "127.0.0.1:2380"],
}

/** How to make a command fail that asks no cluster, and with which exit code. */
const mistakes: Readonly<Record<string, readonly [code: number, ...args: string[]]>> = {
  dev: [2, "--data", "file"],
  start: [2, "--id", "one"],
  play: [2, "--port", "99999"],
  simulate: [2, "--seeds", "0"],
  replay: [2, "nowhere.json"],
  minimize: [2, "nowhere.json"],
  "wal inspect": [2, "nowhere"],
  "wal verify": [2, "nowhere"],
}

/** A command line that fails at run time, with its exit code. */
function failing({ name, command }: Leaf): readonly [code: number, ...args: string[]] {
  const words = name.split(" ")
  const [code, ...args] = mistakes[name] ?? []
  if (code !== undefined) return [code, ...words, ...args]
  const required = command.registeredArguments.filter((argument) => argument.required).map(() => "n1")
  // `chaos` asks a supervisor, and there is none here; the others ask a cluster where none is.
  const at = command.options.some(({ long }) => long === "--endpoints") ? ["--endpoints", "127.0.0.1:1", "--timeout", "100"] : []
  return [exitCode.unreachable, ...words, ...required, ...(needed[name] ?? []), ...at]
}

test("there are commands, and no leftovers in the tables of this test", () => {
  expect(leaves.length).toBeGreaterThan(25)
  const names = leaves.map(({ name }) => name)
  expect([...Object.keys(needed), ...Object.keys(mistakes)].filter((name) => !names.includes(name))).toEqual([])
})

describe.each(leaves)("oarlock $name", (leaf) => {
  const { name, command } = leaf
  const words = name.split(" ")

  test("has a help with examples of itself, on standard output, and exits with 0", async () => {
    const { code, stdout, stderr } = await runHere([...words, "--help"], folder)
    expect({ code, stderr }).toEqual({ code: exitCode.ok, stderr: "" })
    expect(stdout).toContain(`Usage: oarlock ${name.replace(/^start$/, "start|serve")}`)
    const examples = stdout.split("Examples:\n")[1] ?? ""
    expect(examples).toMatch(new RegExp(`^  oarlock ${name}`, "m"))
    expect(command.options.map(({ long }) => long)).toContain("--json")
  })

  test("refuses a flag that it does not know with 2, in words or as JSON, before it does anything", async () => {
    const given = [...words, ...(needed[name] ?? [])]
    const plain = await runHere([...given, "--no-such-flag"], folder)
    expect(plain).toMatchObject({ code: exitCode.usage, stdout: "" })
    expect(plain.stderr).toMatch(/^oarlock: .*--no-such-flag/)
    const json = await runHere([...given, "--no-such-flag", "--json"], folder)
    expect(json).toMatchObject({ code: exitCode.usage, stdout: "" })
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { kind: "usage", exitCode: exitCode.usage } })
  })

  test("fails with a documented exit code, in a sentence or as JSON, and nothing on standard output", async () => {
    const [code, ...args] = failing(leaf)
    const plain = await runHere(args, folder)
    expect(plain).toMatchObject({ code, stdout: "" })
    expect(plain.stderr).toMatch(/^oarlock: .+\n$/)
    const json = await runHere([...args, "--json"], folder)
    expect(json).toMatchObject({ code, stdout: "" })
    const { error } = JSON.parse(json.stderr) as {
      readonly error: { readonly kind: string; readonly exitCode: number; readonly message: string }
    }
    expect(error).toMatchObject({ kind: code === exitCode.usage ? "usage" : "unreachable", exitCode: code })
    expect(plain.stderr).toBe(`oarlock: ${error.message}\n`)
  })
})

test.each(groups)("oarlock $name lists its commands, with examples", async ({ name, command }) => {
  const { code, stdout } = await runHere([...name.split(" "), "--help"], folder)
  expect(code).toBe(exitCode.ok)
  expect(stdout).toContain(`Examples:\n  oarlock ${name} `)
  for (const child of command.commands) expect(stdout).toMatch(new RegExp(`^  ${child.name()} `, "m"))
})

test("every exit code is documented, by number and name, and no other", () => {
  const page = readFileSync("docs/cli.md", "utf8")
  const documented = [...page.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)])
  expect(documented).toEqual(Object.entries(exitCode))
})
