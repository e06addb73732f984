/** Reads which message is meant: "the vote reply from 3 to 1", "every append with entries to 2". */

import type { MessageKind } from "../../core/index.ts"
import { list, type LineReader } from "./line-reader.ts"
import { messageNames, type MessageSelector } from "./scenario.ts"

const names = Object.keys(messageNames)

/**
 * After `the` or `every`: a name, or "message" for any kind, then whatever narrows it down; at least one end of its way. `also`: other words that
 * could stand here, for the message.
 */
export function readSelector(line: LineReader, which: MessageSelector["which"], also: readonly string[] = []): MessageSelector {
  const kind = readKind(line, also)
  const selector = { which, kind, from: null, to: null, term: null, granted: null, hasEntries: null } as Mutable<MessageSelector>
  while (readDetail(line, selector));
  if (selector.from === null && selector.to === null) line.fail('expected "from" or "to" and a server', [...detailWords, ...secondWords])
  return selector
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Names have one word or two. */
const firstWords = [...new Set(names.map((name) => name.split(" ")[0]!))]
const secondWords = [...new Set(names.flatMap((name) => name.split(" ").slice(1)))]
const detailWords = ["from", "to", "of", "with", "without", "granted", "refused"]

function readKind(line: LineReader, also: readonly string[]): MessageKind | null {
  if (line.takes("message")) return null
  // The longest name that fits: an "append reply" is no "append".
  const fitting = names.filter((name) => line.sees(...name.split(" "))).toSorted((a, b) => b.length - a.length)
  const name = fitting[0]
  if (name !== undefined) {
    line.takes(...name.split(" "))
    return messageNames[name]!
  }
  const first = firstWords.find((word) => line.sees(word))
  if (first === undefined)
    return line.fail(`expected the name of a message (${list([...names, "message"])})`, [...firstWords, "message", ...also])
  line.takes(first)
  const seconds = names.filter((each) => each.startsWith(`${first} `)).map((each) => each.slice(first.length + 1))
  return line.fail(`expected ${list(seconds)} after "${first}"`, seconds)
}

function readDetail(line: LineReader, selector: Mutable<MessageSelector>): boolean {
  if (line.takes("from")) selector.from = line.wantServer()
  else if (line.takes("to")) selector.to = line.wantServer()
  else if (line.takes("of")) {
    line.want("term")
    selector.term = line.wantCount("a term", 1)
  } else if (line.sees("with") || line.sees("without")) {
    selector.hasEntries = line.wantOneOf(["with", "without"], "what it carries") === "with"
    line.want("entries")
  } else if (line.takes("granted")) selector.granted = true
  else if (line.takes("refused")) selector.granted = false
  else return false
  return true
}
