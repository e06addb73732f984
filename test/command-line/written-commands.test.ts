// What documents, helps and our own sentences tell people to type is what the program takes.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { createProgram } from "../../src/cli/program.ts"
import { allCommands, quietContext } from "./commands.ts"
import { explainRefusal, linesToType, readMention, unknownFlags } from "./written-commands.ts"

const program = createProgram(quietContext().context)
const { leaves, groups } = allCommands(program)

function filesUnder(folder: string, endings: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

const documents = [
  "README.md",
  "ARCHITECTURE.md",
  ...["docs", "examples", "deploy", "lessons"].flatMap((folder) => filesUnder(folder, /\.md$/)),
]
const sources = [...filesUnder("src", /(?<!\.test)\.ts$/), ...filesUnder("web/src", /(?<!\.test)\.tsx?$/)]

/** What stands between backticks after `oarlock`, also where a source has them escaped. */
const mentioned = /\\?`(?:npx )?oarlock ([a-z][^`\\]*)\\?`/g

describe("command lines of", () => {
  test.each(documents)("%s are ones that the program takes", (file) => {
    const text = readFileSync(file, "utf8")
    const refused = linesToType(text, true).flatMap(({ line, words }) => {
      const why = explainRefusal(words)
      return why === null ? [] : [`${file}:${line}: oarlock ${words.join(" ")}: ${why}`]
    })
    const wrong = [...text.matchAll(mentioned)].flatMap(([whole, words]) => {
      const mention = readMention(words!, program)
      return mention === null ? [`${file}: ${whole} is no command`] : unknownFlags(mention, program).map((flag) => `${file}: ${flag}`)
    })
    expect([...refused, ...wrong]).toEqual([])
  })

  test.each([...leaves, ...groups])("the help of oarlock $name are ones that it takes", ({ command }) => {
    let help = ""
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
    const lines = linesToType(help.split("Examples:\n")[1] ?? "", false)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.flatMap(({ words }) => explainRefusal(words) ?? [])).toEqual([])
  })

  test("our own sentences name commands and flags that there are", () => {
    const wrong = sources.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(mentioned)].flatMap(([whole, words]) => {
        const mention = readMention(words!.replaceAll(/\$\{[^}]*\}/g, "x"), program)
        return mention === null ? [`${file}: ${whole}`] : unknownFlags(mention, program).map((flag) => `${file}: ${flag}`)
      }),
    )
    expect(wrong).toEqual([])
  })
})

describe("docs/cli.md", () => {
  const rows = [...readFileSync("docs/cli.md", "utf8").matchAll(/^\| (`.+?) \| /gm)].map(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replace(/^oarlock /, "")),
  )
  const mentions = rows.flatMap((codes) => {
    // `simulate --results FILE`, `--merge FILES…`: what begins with a flag belongs to the command before it.
    const [first = ""] = codes
    const command = readMention(first, program)
    if (command === null) return []
    return codes
      .map((code) => readMention(code.startsWith("-") ? `${command.names[0]} ${code}` : code, program))
      .filter((one) => one !== null)
  })

  test("has every command", () => {
    const names = new Set(mentions.flatMap((mention) => mention.names))
    expect(leaves.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([])
  })

  test("names no flag that its command does not have", () => {
    expect(mentions.flatMap((mention) => unknownFlags(mention, program))).toEqual([])
  })
})

describe("the test itself", () => {
  test("finds commands in fences, in helps, over several lines, and before what a shell does with them", () => {
    const text = "oarlock no\n```sh\nnpx oarlock get a   # remark\noarlock put a \\\n  'b c' > file\nls\n```\n"
    expect(linesToType(text, true)).toEqual([
      { line: 3, words: ["get", "a"] },
      { line: 4, words: ["put", "a", "b c"] },
    ])
    expect(linesToType("  oarlock get a       a remark", false)).toEqual([{ line: 1, words: ["get", "a"] }])
    expect(linesToType("npm start -- --nodes 5", false)).toEqual([{ line: 1, words: ["dev", "--nodes", "5"] }])
  })

  test("would have found README's member add", () => {
    expect(explainRefusal(["member", "add", "--name", "n4", "--peer", "10.0.0.4:2380"])).toContain("--name")
    expect(unknownFlags(readMention("member add --name n4", program)!, program)).toEqual(["member add --name"])
    expect(unknownFlags(readMention("chaos kill|pause <node> [--one-way]", program)!, program)).toEqual([
      "chaos kill --one-way",
      "chaos pause --one-way",
    ])
    expect(readMention("frobnicate", program)).toBeNull()
  })
})
