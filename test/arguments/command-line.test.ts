// The command line: every option and argument of every command, as the program itself lists them, with texts that make no sense there. Each ends with
// exit code 2 and a sentence, and nobody was called.

import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createServer, type AddressInfo, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import type { Argument, Command, Option } from "commander"
import { afterAll, beforeAll, expect, test } from "vitest"
import { createProgram, runProgram } from "../../src/cli/program.ts"
import type { Context } from "../../src/cli/terminal/command.ts"
import { createOutput } from "../../src/cli/terminal/output.ts"

/** Somebody who would notice being called. */
let server: Server
let calls = 0
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-arguments-"))
  server = createServer((socket) => {
    calls += 1
    socket.destroy()
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
})

afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
  process.exitCode = undefined
})

const hostileTexts = ["", " ", "NaN", "-1", "1.5", "1e3", "0x10", "Infinity", "99999999999999999999", "-", "nonsense"]

/** Words that make each command whole, but for its options. */
const goodArguments: Readonly<Record<string, readonly string[]>> = {
  put: ["k", "v"],
  get: ["k"],
  delete: ["k"],
  cas: ["k", "v"],
  txn: [],
  "member add": ["n4"],
  "member remove": ["n4"],
  "member promote": ["n4"],
  "member demote": ["n4"],
  "chaos kill": ["n1"],
  "chaos pause": ["n1"],
  "chaos cut": ["n1", "n2"],
  "wal inspect": ["nowhere"],
  "wal verify": ["nowhere"],
  replay: ["nowhere.json"],
  minimize: ["nowhere.json"],
}

/** Options without which a command is not whole. */
const goodOptions: Readonly<Record<string, readonly string[]>> = {
  cas: ["--absent"],
  txn: ["--then", "get k"],
  "member add": ["--peer", "127.0.0.1:9"],
}

interface Said {
  readonly code: unknown
  readonly words: string
}

async function say(args: readonly string[]): Promise<Said> {
  const stderr = new PassThrough()
  let words = ""
  stderr.on("data", (chunk: Buffer) => (words += chunk.toString()))
  const context: Context = { output: createOutput({ stdout: new PassThrough().resume(), stderr }, {}), env: {}, workingDirectory: folder }
  process.exitCode = undefined
  await runProgram(context, args)
  const code = process.exitCode as unknown
  process.exitCode = undefined
  return { code, words }
}

async function refused(args: readonly string[]): Promise<void> {
  const { code, words } = await say(args)
  expect({ args, code, words }).toEqual({ args, code: 2, words: expect.stringMatching(/^oarlock: \S.{8}/) as string })
}

interface Leaf {
  readonly name: string
  readonly command: Command
}

function leavesOf(command: Command, prefix: readonly string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ name: prefix.join(" "), command }]
  return command.commands.flatMap((child) => leavesOf(child, [...prefix, child.name()]))
}

const leaves = leavesOf(
  createProgram({ output: createOutput({ stdout: new PassThrough(), stderr: new PassThrough() }, {}), env: {}, workingDirectory: "/" }),
)

/** Commands that go on until they are stopped: whatever of theirs is right would begin something. */
const endless = new Set(["dev", "start", "play", "watch-leader", "simulate"])

function argsOf({ name, command }: Leaf, ...options: readonly string[]): string[] {
  const endpoints = command.options.some(({ long }) => long === "--endpoints") && !options.some((text) => text.startsWith("--endpoints"))
  const { port } = server.address() as AddressInfo
  const needed = (goodOptions[name] ?? []).filter(
    (_, position, list) => !options.some((text) => text.startsWith(`${list[position - (position % 2)]}=`)),
  )
  return [
    ...name.split(" "),
    ...(goodArguments[name] ?? []),
    ...needed,
    ...(endpoints ? ["--endpoints", `127.0.0.1:${port}`] : []),
    ...options,
  ]
}

test("there are commands to walk", () => {
  expect(leaves.length).toBeGreaterThan(25)
  expect(Object.keys(goodArguments).filter((name) => !leaves.some((leaf) => leaf.name === name))).toEqual([])
})

test.each(leaves)("$name refuses options that it does not know, and words too many", async (leaf) => {
  await refused(argsOf(leaf, "--nonsense"))
  if (leaf.command.registeredArguments.some(({ variadic }) => variadic)) return
  await refused(
    argsOf(leaf, ...leaf.command.registeredArguments.slice((goodArguments[leaf.name] ?? []).length).map(() => "x"), "surplus", "words"),
  )
})

const valued = leaves.flatMap((leaf) =>
  leaf.command.options.filter(({ required }) => required).map((option) => ({ leaf, option, title: `${leaf.name} ${option.long}` })),
)

test.each(valued)("$title refuses to be empty, and to be given twice with two values", async ({ leaf, option }) => {
  if (option.long !== "--expect") await refused(argsOf(leaf, `${option.long}=`))
  if (isGathered(option)) return
  const [one, other] = option.argChoices ?? ["1", "2"]
  await refused(argsOf(leaf, `${option.long}=${one}`, `${option.long}=${other ?? "2"}`))
})

function isGathered(option: Option): boolean {
  return option.variadic || (option.parseArg !== undefined && option.argChoices === undefined)
}

/** Options whose values are numbers, addresses, or words of a list: of these every hostile text is wrong. */
const checked = valued.filter(
  ({ leaf, option }) => !endless.has(leaf.name) && !isGathered(option) && !/<(value|dir|file|files\.\.\.)>/.test(option.flags),
)

test.each(checked)("$title refuses texts that make no sense", async ({ leaf, option }) => {
  for (const text of hostileTexts) await refused(argsOf(leaf, `${option.long}=${text}`))
})

const numbersOfEndless = valued.filter(({ leaf, option }) => endless.has(leaf.name) && /<(count|ms|port|seed|i|n|time)>/.test(option.flags))

test.each(numbersOfEndless)("$title refuses texts that are no numbers", async ({ leaf, option }) => {
  for (const text of hostileTexts) await refused(argsOf(leaf, `${option.long}=${text}`))
})

const words = leaves.flatMap((leaf) =>
  leaf.command.registeredArguments.map((argument, position) => ({ leaf, argument, position, title: `${leaf.name} ${argument.name()}` })),
)

test.each(words)(
  "$title refuses to be empty",
  async ({ leaf, argument, position }: { leaf: Leaf; argument: Argument; position: number }) => {
    if (argument.name() === "value") return
    const given = leaf.command.registeredArguments.map((one, at) => (goodArguments[leaf.name] ?? [])[at] ?? one.name())
    given[position] = ""
    const { port } = server.address() as AddressInfo
    const endpoints = leaf.command.options.some(({ long }) => long === "--endpoints") ? ["--endpoints", `127.0.0.1:${port}`] : []
    await refused([...leaf.name.split(" "), ...given, ...(goodOptions[leaf.name] ?? []), ...endpoints])
  },
)

test("nobody was called, and nothing was written", () => {
  expect(calls).toBe(0)
  expect(readdirSync(folder)).toEqual([])
})
