/** Commands as they are written in documents and in our own words, and whether the program would take them. */

import { CommanderError, type Command } from "commander"
import { createProgram } from "../../src/cli/program.ts"
import { quietContext } from "./commands.ts"

/** A command line that stands there to be typed. */
export interface WrittenLine {
  readonly line: number
  /** What follows `oarlock`. */
  readonly words: readonly string[]
}

/** Names for what our scripts run. */
const scripts: readonly (readonly [prefix: RegExp, words: readonly string[]])[] = [
  [/^npm start --(?= )/, ["dev"]],
  [/^npm run simulate --(?= )/, ["simulate"]],
]

/** The command lines of the fenced blocks of a document, or of a help text. */
export function linesToType(text: string, isInFences: boolean): WrittenLine[] {
  const found: WrittenLine[] = []
  let isFenced = !isInFences
  let begun: { line: number; text: string } | null = null
  for (const [at, line] of text.split("\n").entries()) {
    if (isInFences && line.startsWith("```")) isFenced = !isFenced
    if (!isFenced) continue
    const whole: { line: number; text: string } = begun ?? { line: at + 1, text: "" }
    const piece = line.trim().replace(/^\$ /, "")
    if (piece.endsWith("\\")) {
      begun = { line: whole.line, text: `${whole.text}${piece.slice(0, -1)}` }
      continue
    }
    begun = null
    const words = wordsOf(`${whole.text}${piece}`)
    if (words !== null) found.push({ line: whole.line, words })
  }
  return found
}

/** What follows `oarlock` in a line of a shell up to a pipe, a redirection or a remark; null if that is another command. */
function wordsOf(line: string): readonly string[] | null {
  const script = scripts.find(([prefix]) => prefix.test(line))
  const own = /^(?:npx )?oarlock(?= |$)/.exec(line)
  if (script === undefined && own === null) return null
  const rest = script === undefined ? line.slice(own![0].length) : line.replace(script[0], "")
  // Remarks are set off by two spaces, or by a #; a shell's own characters end the command.
  const [typed = ""] = rest.split(/ {2,}| [#|>&;]|[;…]|<(?![a-z])/)
  return [...(script?.[1] ?? []), ...[...typed.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c!)]
}

/** Why the program would not take it; null if it would. */
export function explainRefusal(words: readonly string[]): string | null {
  const program = createProgram(quietContext().context)
  prepare(program)
  try {
    program.parse(words, { from: "user" })
    return null
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? null : error.message
    throw error
  }
}

function prepare(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
  if (command.commands.length === 0) command.action(() => {})
  for (const child of command.commands) prepare(child)
}

/** A command that is only spoken of, with places to fill in: `chaos kill|pause <node>`, `simulate [--seeds N]`, `replay FILE --web`. */
export interface Mention {
  /** The commands that it means: with `a|b` several. */
  readonly names: readonly string[]
  readonly flags: readonly string[]
}

/** Null if `text` does not begin with a command. */
export function readMention(text: string, program: Command): Mention | null {
  const words = text
    .replaceAll(String.raw`\|`, "|")
    .replaceAll(/[[\]<>]/g, " ")
    .split(/\s+/)
    .filter((word) => word !== "" && word !== "…")
  let names: string[] = []
  let here: readonly Command[] = [program]
  let at = 0
  for (; at < words.length; at++) {
    const alternatives = words[at]!.split("|")
    const next = here.flatMap((command) => command.commands.filter((child) => alternatives.some((name) => isNamed(child, name))))
    if (next.length < alternatives.length) break
    names = (names.length === 0 ? [""] : names).flatMap((name) => next.map((child) => `${name} ${child.name()}`.trim()))
    here = next
  }
  if (names.length === 0) return null
  const flags = words
    .slice(at)
    .flatMap((word) => word.split("|"))
    .filter((word) => /^--?[a-z]/i.test(word))
  return { names, flags: flags.map((flag) => flag.replace(/=.*|[.,:;]$/g, "")) }
}

function isNamed(command: Command, name: string): boolean {
  return command.name() === name || command.aliases().includes(name)
}

/** Flags of a mention that one of its commands does not have. */
export function unknownFlags({ names, flags }: Mention, program: Command): readonly string[] {
  const known = (command: Command, flag: string): boolean =>
    flag === "--help" || command.options.some(({ long, short }) => long === flag || short === flag)
  return names.flatMap((name) => {
    const command = name.split(" ").reduce((parent, word) => parent.commands.find((child) => isNamed(child, word))!, program)
    return flags.filter((flag) => !known(command, flag)).map((flag) => `${name} ${flag}`)
  })
}
