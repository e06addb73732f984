/** Reads what comes before the story: who there is, what is set, what is on the disks, and which rule may be switched off. */

import type { NodeId } from "../../core/index.ts"
import { ruleNames } from "../trace/rules.ts"
import type { LineReader } from "./line-reader.ts"
import type { ScenarioOption, Setup } from "./scenario.ts"
import { explainBadWorldOptions, optionValues, optionWords, worldOptionsOf } from "./world-options.ts"

/** As many servers as can be shown in a ring. */
const serversMax = 9

export const setupVerbs = ["cluster", "spares", "late", "begin", "option", "log", "break"] as const

/** One more line of setup. The servers must have been named first, since everything else speaks of them. `rules`: which can be broken. */
export function readSetup(line: LineReader, setup: Setup | null, rules: readonly string[]): Setup {
  if (line.sees("cluster")) return readCluster(line, setup)
  if (setup === null) return line.fail('expected "cluster" and its servers first', ["cluster"])
  if (line.takes("spares")) return readSpares(line, setup)
  if (line.takes("late")) return { ...setup, late: readMembers(line, setup) }
  if (line.takes("begin")) {
    line.want("without")
    return { ...setup, beginWithout: readMembers(line, setup) }
  }
  if (line.sees("option")) return withOption(line, setup)
  if (line.takes("log")) return readLog(line, setup)
  if (setup.breakable !== null) line.failAt(line.peek(), "one rule can be broken in a scenario")
  line.want("break")
  return readBreakable(line, setup, rules)
}

function readCluster(line: LineReader, setup: Setup | null): Setup {
  if (setup !== null) line.failAt(line.peek(), "a scenario has one cluster")
  line.want("cluster")
  const nodes = readNumbersFrom(line, 1)
  return { nodes, spares: 0, late: [], beginWithout: [], options: [], logs: [], breakable: null }
}

function readSpares(line: LineReader, setup: Setup): Setup {
  if (setup.spares > 0) line.failAt(line.peek(), "the spares are given twice")
  return { ...setup, spares: readNumbersFrom(line, setup.nodes + 1) }
}

/** Servers are numbered without gaps. Returns how many there are. */
function readNumbersFrom(line: LineReader, first: number): number {
  let next = first
  do {
    const token = line.peek()
    const id = line.wantCount("the number of a server", 1)
    if (id !== next) line.failAt(token, `servers are numbered without gaps: expected ${next}, found ${id}`)
    if (id > serversMax) line.failAt(token, `a scenario has at most ${serversMax} servers`)
    next += 1
  } while (!line.isAtEnd)
  return next - first
}

/** Servers of the first configuration. */
function readMembers(line: LineReader, setup: Setup): readonly NodeId[] {
  const token = line.peek()
  const members = line.wantServers()
  const spare = members.find((id) => id > setup.nodes)
  if (spare !== undefined) line.failAt(token, `server ${spare} is a spare: it is no first member`)
  return members
}

/** Options have to make sense together. */
function withOption(line: LineReader, setup: Setup): Setup {
  const start = line.peek()
  line.want("option")
  const changed = { ...setup, options: [...setup.options, readOption(line, setup.options)] }
  const problem = explainBadWorldOptions(worldOptionsOf(changed))
  if (problem !== null) line.failAt(start, problem)
  return changed
}

function readOption(line: LineReader, before: readonly ScenarioOption[]): ScenarioOption {
  const names = Object.keys(optionValues)
  const token = line.peek()
  const name = names.find((candidate) => line.sees(candidate))
  if (name === undefined) return line.fail("expected the name of an option", names)
  if (before.some((option) => option.name === name)) line.failAt(token, `the option ${name} is given twice`)
  line.wantWord("an option")
  const value = optionValues[name]
  if (typeof value === "boolean") return { name, value: line.wantOneOf(["on", "off"], `whether ${name} is on`) === "on" }
  const words = optionWords[name]
  if (words !== undefined) return { name, value: line.wantOneOf(words, `the value of ${name}`) }
  const number = line.wantNumber(`a number for ${token!.text}`)
  line.wantEnd("an option")
  return { name, value: number }
}

function readLog(line: LineReader, setup: Setup): Setup {
  const token = line.peek()
  const node = line.wantServer()
  if (node > setup.nodes) line.failAt(token, `server ${node} is a spare: it starts with an empty disk`)
  if (setup.logs.some((log) => log.node === node)) line.failAt(token, `the log of server ${node} is given twice`)
  line.want(":")
  const terms: number[] = []
  do terms.push(readTerm(line, terms.at(-1) ?? 1))
  while (!line.isAtEnd && !line.sees("term"))
  const last = terms.at(-1)!
  const term = line.takes("term") ? readTerm(line, last) : last
  return { ...setup, logs: [...setup.logs, { node, term, terms }] }
}

function readTerm(line: LineReader, last: number): number {
  const token = line.peek()
  const term = line.wantCount("the term of an entry", 1)
  if (term < last) line.failAt(token, `terms never go back: ${term} after ${last}`)
  return term
}

/** `break <rule> violates <invariant>`. */
function readBreakable(line: LineReader, setup: Setup, rules: readonly string[]): Setup {
  const rule = line.wantName(rules, "the name of a rule that can be broken")
  line.want("violates")
  return { ...setup, breakable: { rule, violates: line.wantName(ruleNames, "the name of an invariant") } }
}
