/** What a story says of itself, read from its text. */

import { parseScenario } from "oarlock/simulator"
import { conditionWords } from "./condition-words.ts"
import { listed } from "./words.ts"

export interface StoryText {
  /** `replication/figure-8`. */
  readonly name: string
  readonly text: string
}

/** The first paragraph of a story's comment: what it shows, and in brackets where that comes from. */
export function moralOf({ text }: StoryText): { readonly moral: string; readonly source: string } {
  const lines = text.split("\n")
  const end = lines.findIndex((line) => !line.startsWith("# "))
  const whole = lines
    .slice(0, end)
    .map((line) => line.slice(2))
    .join(" ")
  const [, moral = whole, source = ""] = /^(.*) \((.*)\)\.$/.exec(whole) ?? []
  return { moral: `${moral.replace(/\.$/, "")}.`, source }
}

/** What has to hold at its end, in a sentence: `S1 leads and every server is in term 1.` */
export function passConditionOf({ text, name }: StoryText): string {
  const last = parseScenario(text, name).commands.at(-1)!.command
  if (last.kind !== "expect") throw new Error(`${name} does not end with an expectation`)
  return `${listed(
    last.conditions.map(({ condition }) => conditionWords(condition)),
    "and",
  )}.`
}

/** `replication` of `replication/figure-8`. */
export function sectionOf({ name }: StoryText): string {
  return name.slice(0, name.indexOf("/"))
}

/** Whether it has these words, in lower case, in its name, its comments or its script. */
export function matches({ name, text }: StoryText, words: string): boolean {
  return name.replaceAll("-", " ").includes(words) || text.toLowerCase().includes(words)
}

/** The rule that a story offers to break; null if it offers none. */
export function breakableOf({ text }: StoryText): string | null {
  return /^break ([a-z-]+) /m.exec(text)?.[1] ?? null
}

/** `figure-8` as people write it: `Figure 8`. */
export function titleOf({ name }: StoryText): string {
  const words = name.slice(name.indexOf("/") + 1).replaceAll("-", " ")
  return words.charAt(0).toUpperCase() + words.slice(1)
}
