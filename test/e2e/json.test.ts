/** Whatever a command answers with `--json`, a program can read: the list of commands comes from the program itself. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { allCommands, runHere } from "../command-line/commands.ts"
import { freePort } from "./real-cluster.ts"
import { LongCommand } from "./terminal.ts"

const folder = mkdtempSync(join(tmpdir(), "oarlock-json-"))
let server: LongCommand
let client: string

beforeAll(async () => {
  client = `127.0.0.1:${await freePort()}`
  const urls = ["--listen-client-urls", `http://${client}`, "--listen-peer-urls", `http://127.0.0.1:${await freePort()}`]
  server = new LongCommand(["start", "--name", "n1", "--data-dir", "n1", ...urls], folder)
  await server.says(/leads term/)
})

afterAll(async () => {
  await server?.end()
  rmSync(folder, { recursive: true, force: true })
})

/** In this order, on one server: each command that ends by itself, with what it needs and its exit code. */
const lines: readonly (readonly [command: string, args: readonly string[], code: number])[] = [
  ["put", ["a", "1"], 0],
  ["get", ["a"], 0],
  ["get", ["missing"], 3],
  ["range", [], 0],
  ["cas", ["a", "2", "--expect", "1"], 0],
  ["cas", ["a", "3", "--expect", "1"], 1],
  ["txn", ["--if", "value(none) != x", "--then", "put a 4", "--else", "get a"], 0],
  ["delete", ["a"], 0],
  ["status", [], 0],
  ["member list", [], 0],
  ["member add", ["n2", "--peer", "127.0.0.1:1", "--learner"], 0],
  ["member remove", ["n2"], 0],
  ["snapshot", [], 0],
]

test("every command that asks a cluster and ends by itself is in the list", () => {
  const asking = allCommands().leaves.filter(({ command }) => command.options.some(({ long }) => long === "--endpoints"))
  // It takes two servers for these, and somebody who watches.
  const left = ["transfer", "member promote", "member demote", "watch-leader"]
  expect(asking.map(({ name }) => name).toSorted()).toEqual([...new Set(lines.map(([command]) => command)), ...left].toSorted())
})

test.each(lines)("oarlock %s %j", async (command, args, code) => {
  const at = ["--endpoints", client, "--json"]
  const said = await runHere([...command.split(" "), ...args, ...at], folder)
  expect(said.code).toBe(code)
  expect(JSON.parse(said.stdout)).toBeTypeOf("object")
  // One document, wherever somebody looks for it.
  expect(said.stderr).toBe("")
})

test("what a transaction does not say by itself, a note does", async () => {
  const text = await runHere(["txn", "--if", "value(none) != x", "--then", "put a 4", "--endpoints", client], folder)
  expect(text.stdout).toContain("A comparison did not hold")
  expect(text.stderr).toContain("value(none) != x does not hold for a key that does not exist")
})
