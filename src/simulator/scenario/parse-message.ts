/** Reads which message is meant: "the vote reply from 3 to 1", "every append with entries to 2". */

import type { MessageKind } from "../../core/index.ts"
import { list, type LineReader } from "./line-reader.ts"
import { messageNames, type MessageSelector } from "./scenario.ts"

const names = Object.keys(messageNames)

/** After `the` or `every`: a name, or "message" for any kind, then whatever narrows it down; at least one end of its way. */
export function readSelector(line: LineReader, which: MessageSelector["which"]): MessageSelector {
  const kind = readKind(line)
  const selector = { which, kind, from: null, to: null, term: null, granted: null, hasEntries: null } as Mutable<MessageSelector>
  while (readDetail(line, selector));
  if (selector.from === null && selector.to === null) line.fail('expected "from" or "to" and a server', ["from", "to"])
  return selector
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

function readKind(line: LineReader): MessageKind | null {
  if (line.takes("message")) return null
  // The longest name that fits: an "append reply" is no "append".
  const fitting = names.filter((name) => line.sees(...name.split(" "))).toSorted((a, b) => b.length - a.length)
  const name = fitting[0]
  if (name === undefined) {
    return line.fail(`expected the name of a message (${list([...names, "message"])})`, [
      ...new Set(names.flatMap((each) => each.split(" "))),
    ])
  }
  line.takes(...name.split(" "))
  return messageNames[name]!
}

function readDetail(line: LineReader, selector: Mutable<MessageSelector>): boolean {
  if (line.takes("from")) selector.from = line.wantServer()
  else if (line.takes("to")) selector.to = line.wantServer()
  else if (line.takes("of", "term")) selector.term = line.wantCount("a term", 1)
  else if (line.takes("with", "entries")) selector.hasEntries = true
  else if (line.takes("without", "entries")) selector.hasEntries = false
  else if (line.takes("granted")) selector.granted = true
  else if (line.takes("refused")) selector.granted = false
  else return false
  return true
}
