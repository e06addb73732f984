/** What a line of a story does, as a sentence: the caption under the ring while it is told. */

import type { PlacedCommand } from "oarlock/simulator"
import { conditionWords } from "./condition-words.ts"
import { listed, messageWords, sentence, serverNames } from "./words.ts"

type Command = PlacedCommand["command"]
type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>

/** `The network is cut between S1 and S2 on one side and S3 on the other.` */
export function narrate(command: Command): string {
  return sentence(words(command))
}

function words(command: Command): string {
  switch (command.kind) {
    case "elect":
      return `S${command.node} is made the leader`
    case "timeout":
      return `${many(command.nodes, "the election timer of", "the election timers of")} ${command.nodes.length > 1 ? "run" : "runs"} out`
    case "runFor":
      return `time passes: ${durationWords(command.forMs)}`
    case "runUntil":
      return `time passes until ${listed(
        command.conditions.map(({ condition }) => conditionWords(condition)),
        "and",
      )}`
    case "settle":
      return "everything that is under way arrives"
    case "step":
      return command.events === 1 ? "one event happens" : `${command.events} events happen`
    case "expect":
      return listed(
        command.conditions.map(({ condition }) => conditionWords(condition)),
        "and",
      )
    case "partition":
      return `the network is cut into ${listed(
        command.groups.map((group) => (group.length === 1 ? `S${group[0]!} alone` : serverNames(group))),
        "and",
      )}`
    case "cut":
      return command.bothWays
        ? `${serverNames([...command.from, ...command.to])} cannot reach each other any more`
        : `nothing from ${serverNames(command.from)} reaches ${serverNames(command.to)} any more`
    case "isolate":
      return `${serverNames(command.nodes)} ${command.nodes.length > 1 ? "are" : "is"} cut off from everybody`
    case "heal":
      return healWords(command)
    case "link":
      return linkWords(command)
    case "message":
      return messageDeed(command)
    case "crash":
      return `${serverNames(command.nodes)} ${command.nodes.length > 1 ? "crash" : "crashes"}${command.powerLoss ? " and what was not on disk yet is lost" : ""}`
    case "restart":
      return `${serverNames(command.nodes)} ${command.nodes.length > 1 ? "are" : "is"} started again`
    case "resume":
      return `${serverNames(command.nodes)} ${command.nodes.length > 1 ? "go" : "goes"} on`
    case "wipe":
      return `${serverNames(command.nodes)} ${command.nodes.length > 1 ? "lose their disks" : "loses its disk"}`
    case "copyDisk":
      return `a copy of the disk of ${serverNames(command.nodes)} is made`
    case "putBackDisk":
      return `the disk of ${serverNames(command.nodes)} is put back to the copy`
    case "pause":
      return `${serverNames(command.nodes)} ${command.nodes.length > 1 ? "stand" : "stands"} still`
    case "suspend":
      return `the machine of ${serverNames(command.nodes)} sleeps for ${durationWords(command.forMs)}`
    case "clock":
      return `the clock of S${command.node} runs ${command.rate} times as fast from now on`
    case "setClock":
      return `the wall clock of S${command.node} is set ${command.byMs < 0 ? "back" : "forward"} by ${durationWords(Math.abs(command.byMs))}`
    case "slowDisk":
      return `for ${durationWords(command.forMs)} the disk of S${command.node} takes ${durationWords(command.byMs)} longer`
    case "fillDisk":
      return `for ${durationWords(command.forMs)} the disk of S${command.node} is full`
    case "failSync":
      return `the next sync of the disk of S${command.node} fails`
    case "rot":
      return `a bit of the ${command.target} of S${command.node} flips on its disk`
    case "spoil":
      return `the state that S${command.node} holds in memory is changed without a command`
    case "request":
      return requestWords(command)
    case "retry":
      return `client ${command.client} sends its latest request once more, to S${command.node}`
    case "transfer":
      return `S${command.node} is asked to hand leadership to ${command.to === null ? "the best follower" : `S${command.to}`}`
    case "snapshot":
      return `S${command.node} is asked to take a snapshot`
    case "change":
      return `S${command.node} is asked to ${listed(command.steps.map(stepWords), "and")}`
    default:
      return command satisfies never
  }
}

function many(ids: readonly number[], one: string, more: string): string {
  return `${ids.length > 1 ? more : one} ${serverNames(ids)}`
}

function durationWords(ms: number): string {
  return ms % 1_000 === 0 && ms > 0 ? `${ms / 1_000} s` : `${ms} ms`
}

function healWords({ nodes, direction }: Of<"heal">): string {
  if (direction !== null) return `messages from S${direction.from} reach S${direction.to} again`
  return nodes.length === 0 ? "all links work again" : `the links of ${serverNames(nodes)} work again`
}

function linkWords({ from, to, quality }: Of<"link">): string {
  const { latencyMs, dropRate, duplicateRate } = quality
  const facts = [
    latencyMs === undefined ? "" : `take ${durationWords(latencyMs)}`,
    dropRate === undefined ? "" : `are lost with a chance of ${Math.round(dropRate * 100)} %`,
    duplicateRate === undefined ? "" : `are doubled with a chance of ${Math.round(duplicateRate * 100)} %`,
  ].filter((fact) => fact !== "")
  return `from now on messages from S${from} to S${to} ${listed(facts, "and")}`
}

function messageDeed({ deed, selector }: Of<"message">): string {
  const message = messageWords(selector, selector.which)
  switch (deed.kind) {
    case "drop":
      return `${message} is lost`
    case "duplicate":
      return `${message} is doubled`
    case "deliver":
      return `${message} arrives`
    case "hold":
      return `${message} is held back`
    case "delay":
      return `${message} is delayed by ${durationWords(deed.byMs)}`
    default:
      return deed satisfies never
  }
}

function requestWords({ node, request, client }: Of<"request">): string {
  const who = client === null ? "a client" : `client ${client}`
  switch (request.kind) {
    case "write":
      return `${who} asks S${node} to write ${request.key}=${request.value}`
    case "cas":
      return `${who} asks S${node} to write ${request.key}=${request.value} if ${request.expected === null ? "there is none" : `it is ${request.expected}`}`
    case "delete":
      return `${who} asks S${node} to delete ${request.key}`
    case "poison":
      return `${who} sends S${node} a command at which every state machine throws`
    case "read":
      return `${who} asks S${node} for ${request.key}${consistencyWords[request.consistency]}`
    default:
      return request satisfies never
  }
}

const consistencyWords = { linearizable: "", lease: ", by lease", stale: ", however old" } as const

function stepWords({ kind, node }: Of<"change">["steps"][number]): string {
  switch (kind) {
    case "addLearner":
      return `add S${node} as a learner`
    case "addVoter":
      return `add S${node} as a voter`
    case "promote":
      return `make S${node} a voter`
    case "demote":
      return `make S${node} a learner`
    case "remove":
      return `remove S${node}`
    default:
      return kind satisfies never
  }
}
