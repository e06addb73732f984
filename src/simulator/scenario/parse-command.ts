/** Reads one command: its first word says which, and each has a reader of its own below, in the order of docs/scenarios.md. */

import type { NodeId } from "../../core/index.ts"
import type { LineReader } from "./line-reader.ts"
import { readConditions } from "./parse-condition.ts"
import { readSelector } from "./parse-message.ts"
import type { ClientRequest, Command, LinkQuality, MembershipStep } from "./scenario.ts"

/** How long `run until` waits if it does not say, in milliseconds of world time. */
export const patienceMs = 5_000

/** How many events `step` can ask for: some minutes of a cluster. */
const eventsMax = 1_000_000

const readers: Readonly<Record<string, (line: LineReader) => Command>> = {
  elect: (line) => ({ kind: "elect", node: line.wantServer() }),
  timeout: (line) => ({ kind: "timeout", nodes: line.wantServers() }),
  run: readRun,
  settle: () => ({ kind: "settle" }),
  step: (line) => ({ kind: "step", events: line.isAtEnd ? 1 : line.wantCount("how many events", 1, eventsMax) }),
  expect: (line) => ({ kind: "expect", conditions: readConditions(line) }),
  partition: readPartition,
  cut: readCut,
  isolate: (line) => ({ kind: "isolate", nodes: line.wantServers() }),
  heal: readHeal,
  link: readLink,
  drop: (line) => readMessage(line, "drop"),
  duplicate: (line) => readMessage(line, "duplicate"),
  deliver: (line) => readMessage(line, "deliver"),
  hold: (line) => readMessage(line, "hold"),
  delay: readDelay,
  crash: (line) => ({ kind: "crash", nodes: line.wantServers(), powerLoss: line.takesBoth("losing", "power") }),
  restart: (line) => ({ kind: "restart", nodes: line.wantServers() }),
  pause: (line) => ({ kind: "pause", nodes: line.wantServers() }),
  resume: (line) => ({ kind: "resume", nodes: line.wantServers() }),
  wipe: (line) => ({ kind: "wipe", nodes: line.wantServers() }),
  suspend: readSuspend,
  copy: readCopyDisk,
  put: readPutBackDisk,
  clock: readClock,
  slow: readSlowDisk,
  fill: readFillDisk,
  fail: readFailSync,
  rot: readRot,
  write: (line) => readRequest(line, readWrite),
  cas: (line) => readRequest(line, readCas),
  delete: (line) => readRequest(line, readDelete),
  poison: (line) => readRequest(line, (_, modifiers) => () => ({ kind: "poison", inSession: sessionOf(line, modifiers) })),
  read: (line) => readRequest(line, readRead),
  retry: readRetry,
  transfer: (line) => ({ kind: "transfer", node: line.wantServer(), to: line.takes("to") ? line.wantServer() : null }),
  snapshot: (line) => ({ kind: "snapshot", node: line.wantServer() }),
  change: readChange,
}

/** The first words of all commands. */
export const verbs: readonly string[] = Object.keys(readers)

/** Reads the command that `line` holds, to its end. `also`: other words that could stand here, for the message. */
export function readCommand(line: LineReader, also: readonly string[]): Command {
  const verb = verbs.find((word) => line.sees(word))
  if (verb === undefined) return line.fail("expected a command", [...verbs, ...also])
  line.takes(verb)
  const command = readers[verb]!(line)
  line.wantEnd(`"${verb}"`)
  return command
}

function readRun(line: LineReader): Command {
  if (line.takes("for")) return { kind: "runFor", forMs: line.wantDuration() }
  if (!line.takes("until")) return line.fail('expected "for" and a time, or "until" and a condition', ["for", "until"])
  const conditions = readConditions(line)
  return { kind: "runUntil", conditions, withinMs: line.takes("within") ? line.wantDuration() : patienceMs }
}

function readPartition(line: LineReader): Command {
  const groups = [line.wantServers()]
  line.want("|")
  do groups.push(line.wantServers(groups.flat()))
  while (line.takes("|"))
  const named = groups.flat()
  const missing = Array.from({ length: line.servers }, (_, position) => position + 1).filter((id) => !named.includes(id))
  if (missing.length > 0) {
    const who = missing.length === 1 ? `server ${missing[0]} is` : `servers ${missing.join(" ")} are`
    line.failAt(
      line.peek(),
      `${who} in no group and would hear all of them: a partition names every server, or else "cut" says what is cut`,
    )
  }
  return { kind: "partition", groups }
}

/** `cut 1 to 2 3` for one direction, `cut 1 and 2` for both. */
function readCut(line: LineReader): Command {
  const from = line.wantServers()
  const bothWays = line.wantOneOf(["to", "and"], "one way or both") === "and"
  return { kind: "cut", from, to: line.wantServers(from), bothWays }
}

function readHeal(line: LineReader): Command {
  if (line.isAtEnd) return { kind: "heal", nodes: [], direction: null }
  const nodes = line.wantServers()
  if (nodes.length > 1 || !line.takes("to")) return { kind: "heal", nodes, direction: null }
  return { kind: "heal", nodes: [], direction: { from: nodes[0]!, to: readOther(line, nodes[0]!) } }
}

function readLink(line: LineReader): Command {
  const from = line.wantServer()
  line.want("to")
  const to = readOther(line, from)
  const quality: { -readonly [Name in keyof LinkQuality]: LinkQuality[Name] } = {}
  do {
    const what = line.wantOneOf(["latency", "drop", "duplicate"], "a property of the link")
    if (what === "latency") quality.latencyMs = line.wantDuration()
    else quality[what === "drop" ? "dropRate" : "duplicateRate"] = readShare(line)
  } while (!line.isAtEnd)
  return { kind: "link", from, to, quality }
}

/** The other end of a link that begins at `one`. */
function readOther(line: LineReader, one: NodeId): NodeId {
  const token = line.peek()
  const other = line.wantServer()
  if (other === one) line.failAt(token, `server ${one} has no link to itself`)
  return other
}

function readShare(line: LineReader): number {
  const token = line.peek()
  const share = line.wantNumber('a share, such as "10%"')
  if (share > 100) line.failAt(token, `a share is at most 100%, not ${share}%`)
  line.want("%")
  return share / 100
}

function readMessage(line: LineReader, kind: "drop" | "duplicate" | "deliver" | "hold"): Command {
  const which = line.wantOneOf(["the", "every"], "which message")
  return { kind: "message", deed: { kind }, selector: readSelector(line, which) }
}

function readDelay(line: LineReader): Command {
  const which = line.wantOneOf(["the", "every"], "which message")
  const selector = readSelector(line, which)
  line.want("by")
  return { kind: "message", deed: { kind: "delay", byMs: line.wantDuration() }, selector }
}

function readSuspend(line: LineReader): Command {
  const nodes = line.wantServers()
  line.want("for")
  return { kind: "suspend", nodes, forMs: line.wantDuration() }
}

function readClock(line: LineReader): Command {
  const node = line.wantServer()
  const what = line.wantOneOf(["rate", "forward", "back"], "what becomes of it")
  if (what !== "rate") {
    line.want("by")
    const byMs = line.wantDuration()
    return { kind: "setClock", node, byMs: what === "back" ? -byMs : byMs }
  }
  const token = line.peek()
  const rate = line.wantNumber('how fast it runs, such as "1.5"')
  if (!(rate > 0 && rate <= 100)) line.failAt(token, "a clock runs at a rate above 0 and at most 100")
  return { kind: "clock", node, rate }
}

function readCopyDisk(line: LineReader): Command {
  line.want("disk")
  return { kind: "copyDisk", nodes: line.wantServers() }
}

/** `put back disk 1`. */
function readPutBackDisk(line: LineReader): Command {
  line.want("back")
  line.want("disk")
  return { kind: "putBackDisk", nodes: line.wantServers() }
}

function readSlowDisk(line: LineReader): Command {
  line.want("disk")
  const node = line.wantServer()
  line.want("by")
  const byMs = line.wantDuration()
  line.want("for")
  return { kind: "slowDisk", node, byMs, forMs: line.wantDuration() }
}

function readFillDisk(line: LineReader): Command {
  line.want("disk")
  const node = line.wantServer()
  line.want("for")
  return { kind: "fillDisk", node, forMs: line.wantDuration() }
}

function readFailSync(line: LineReader): Command {
  line.want("sync")
  return { kind: "failSync", node: line.wantServer() }
}

function readRot(line: LineReader): Command {
  const target = line.wantOneOf(["log", "snapshot", "state"], "what rots")
  const node = line.wantServer()
  if (target === "state") return { kind: "spoil", node }
  return { kind: "rot", node, target, number: line.takes("number") ? line.wantCount("a number") : 1 }
}

/** A server, the request itself, and then what goes with it in any order. */
function readRequest(line: LineReader, read: (line: LineReader, modifiers: Modifiers) => () => ClientRequest): Command {
  const node = line.wantServer()
  const modifiers: Modifiers = { client: null, inSession: false, consistency: null }
  const finish = read(line, modifiers)
  while (!line.isAtEnd) {
    if (line.takes("by")) modifiers.client = line.wantWord("the name of a client")
    else if (line.takesBoth("in", "session")) modifiers.inSession = true
    else if (line.takes("lease")) modifiers.consistency = "lease"
    else if (line.takes("stale")) modifiers.consistency = "stale"
    else line.fail('expected "by" and a client, "in session", "lease" or "stale"', ["by", "in", "lease", "stale"])
  }
  return { kind: "request", node, request: finish(), client: modifiers.client }
}

interface Modifiers {
  client: string | null
  inSession: boolean
  consistency: "lease" | "stale" | null
}

function readAssignment(line: LineReader): { readonly key: string; readonly value: string } {
  const key = line.wantWord('a key and its value, such as "x=5"')
  line.want("=")
  return { key, value: line.wantWord("a value") }
}

function readWrite(line: LineReader, modifiers: Modifiers): () => ClientRequest {
  const assignment = readAssignment(line)
  return () => ({ kind: "write", ...assignment, inSession: sessionOf(line, modifiers) })
}

/** `x=6 if 5`, or `x=6 if none` for a key that is not there. */
function readCas(line: LineReader, modifiers: Modifiers): () => ClientRequest {
  const assignment = readAssignment(line)
  line.want("if")
  const expected = line.takes("none") ? null : line.wantWord('the value that is expected, or "none"')
  return () => ({ kind: "cas", ...assignment, expected, inSession: sessionOf(line, modifiers) })
}

function readDelete(line: LineReader, modifiers: Modifiers): () => ClientRequest {
  const key = line.wantWord("a key")
  return () => ({ kind: "delete", key, inSession: sessionOf(line, modifiers) })
}

function readRead(line: LineReader, modifiers: Modifiers): () => ClientRequest {
  const key = line.wantWord("a key")
  return () => {
    if (modifiers.inSession) line.failAt(null, "a read needs no session: it changes nothing")
    return { kind: "read", key, consistency: modifiers.consistency ?? "linearizable" }
  }
}

function sessionOf(line: LineReader, { client, inSession, consistency }: Modifiers): boolean {
  if (consistency !== null) line.failAt(null, `only a read can be "${consistency}"`)
  if (inSession && client === null) line.failAt(null, 'a session belongs to a client: name it, as in "by A in session"')
  return inSession
}

function readRetry(line: LineReader): Command {
  const node = line.wantServer()
  line.want("by")
  return { kind: "retry", node, client: line.wantWord("the name of a client") }
}

/** `change 1: add voter 4, remove 2 for configuration 7`. */
function readChange(line: LineReader): Command {
  const node: NodeId = line.wantServer()
  line.want(":")
  const steps = [readStep(line)]
  while (line.takes(",")) steps.push(readStep(line))
  const version = line.takesBoth("for", "configuration") ? line.wantCount("the index of a configuration") : null
  return { kind: "change", node, steps, version }
}

function readStep(line: LineReader): MembershipStep {
  const deed = line.wantOneOf(["add", "promote", "demote", "remove"], "a change")
  if (deed !== "add") return { kind: deed, node: line.wantServer() }
  const kind = line.wantOneOf(["learner", "voter"], "what it joins as") === "learner" ? "addLearner" : "addVoter"
  return { kind, node: line.wantServer() }
}
