// A text that is no scenario is refused at its place: what was expected there, what was found, and what was probably meant.

import { describe, expect, it } from "vitest"
import { production } from "../state/build.ts"
import { parseScenario } from "./parse-scenario.ts"
import { ScenarioError } from "./scenario-error.ts"

const broken = "break vote-for-any-log violates election-safety"
const moral = "# Somebody leads (Raft §5.2)."

function errorOf(text: string): ScenarioError {
  try {
    parseScenario(text, "a.scenario")
  } catch (error) {
    if (error instanceof ScenarioError) return error
    throw error
  }
  throw new Error(`this was read without an error:\n${text}`)
}

/** The story that consists of `line`, after a setup with three servers and a spare. */
function story(line: string): string {
  return [moral, "cluster 1 2 3", "spares 4", line, "expect 1 leads"].join("\n")
}

describe("parseScenario", () => {
  it("reads moral, source, notes, setup and commands as plain data", () => {
    const text = [
      "# A leader that nobody hears",
      "# is no leader (dissertation §6.2).",
      "#",
      "# It is one",
      "# all the same.",
      "cluster 1 2 3",
      "spares 4",
      "option preVote off",
      "option latencyMs 2.5",
      "log 2: 1 1 2 term 3",
      "break vote-for-any-log violates leader-completeness",
      "",
      "  write 1 x=5 by A in session  # a comment",
      'expect 1 not leads, A write committed, 2 log from 2 1:noop 2:"a b"="# c"',
    ].join("\n")
    const scenario = parseScenario(text, "a.scenario")
    expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario)
    expect(scenario).toMatchObject({
      file: "a.scenario",
      moral: "A leader that nobody hears is no leader.",
      source: "dissertation §6.2",
      notes: "It is one all the same.",
      setup: {
        nodes: 3,
        spares: 1,
        options: [
          { name: "preVote", value: false },
          { name: "latencyMs", value: 2.5 },
        ],
        logs: [{ node: 2, term: 3, terms: [1, 1, 2] }],
        breakable: { rule: "vote-for-any-log", violates: "leader-completeness" },
      },
    })
    const [write, expectation] = scenario.commands
    expect(write).toEqual({
      place: { line: 13, column: 3 },
      text: "write 1 x=5 by A in session",
      command: { kind: "request", node: 1, request: { kind: "write", key: "x", value: "5", inSession: true }, client: "A" },
    })
    expect(expectation?.command).toMatchObject({
      kind: "expect",
      conditions: [
        { text: "1 not leads", place: { line: 14, column: 8 } },
        { text: "A write committed", place: { line: 14, column: 21 } },
        {
          condition: {
            claim: { kind: "log", from: 2, entries: [{ content: { kind: "noop" } }, { content: { key: "a b", value: "# c" } }] },
          },
        },
      ],
    })
  })

  it("shows the line, with a mark under what is wrong", () => {
    expect(errorOf(story("run until 2 or 3 leeds")).message).toBe(
      [
        'a.scenario:4:18: expected what is said about the server, such as "leads", "term 2" or "log 1 1 2", found "leeds"; did you mean "leads"?',
        "  run until 2 or 3 leeds",
        "                   ^^^^^",
      ].join("\n"),
    )
  })

  it.each<[what: string, text: string, line: number, column: number, problem: RegExp]>([
    ["an empty file", "", 1, 1, /expected a comment with the moral/],
    ["a story without a moral", "cluster 1 2 3\nexpect 1 leads", 1, 1, /expected a comment with the moral/],
    [
      "a moral without a source",
      "# Somebody leads.\ncluster 1\nexpect 1 leads",
      1,
      18,
      /expected the source of the moral at its end, in brackets/,
    ],
    ["a story without servers", `${moral}\nelect 1\nexpect 1 leads`, 2, 1, /expected "cluster" and its servers first, found "elect"/],
    ["a misspelt cluster", `${moral}\nclutser 1 2\nexpect 1 leads`, 2, 1, /found "clutser"; did you mean "cluster"\?/],
    ["a story that expects nothing", `${moral}\ncluster 1\nelect 1\n`, 3, 8, /expected the story to end with "expect"/],
    ["a story that goes on after its last expect", `${moral}\ncluster 1\nexpect 1 leads\nelect 1`, 4, 8, /to end with "expect"/],
    ["two clusters", `${moral}\ncluster 1\ncluster 1 2\nexpect 1 leads`, 3, 1, /a scenario has one cluster/],
    ["servers with a gap", `${moral}\ncluster 1 3\nexpect 1 leads`, 2, 11, /numbered without gaps: expected 2, found 3/],
    ["too many servers", `${moral}\ncluster 1 2 3 4 5 6 7 8 9 10\nexpect 1 leads`, 2, 27, /at most 9 servers/],
    ["spares twice", `${moral}\ncluster 1 2\nspares 3\nspares 3 4\nexpect 1 leads`, 4, 8, /the spares are given twice/],
    ["an option twice", `${moral}\ncluster 1\noption seed 1\noption seed 2\nexpect 1 leads`, 4, 8, /the option seed is given twice/],
    ["two rules", `${moral}\ncluster 1\n${broken}\n${broken}\nexpect 1 leads`, 4, 1, /one rule can be broken/],
    ["spares that are in the cluster", `${moral}\ncluster 1 2\nspares 2\nexpect 1 leads`, 3, 8, /expected 3, found 2/],
  ])("refuses %s", (_, text, line, column, problem) => {
    const error = errorOf(text)
    expect(error.problem).toMatch(problem)
    expect(error.place).toEqual({ line, column })
  })

  it.each<[line: string, column: number, problem: RegExp]>([
    // Setup
    ["option prevote on", 8, /expected the name of an option, found "prevote"; did you mean "preVote"\?/],
    ["option preVote maybe", 16, /expected whether preVote is on \("on" or "off"\), found "maybe"/],
    ["option latencyMs fast", 18, /expected a number for latencyMs, found "fast"/],
    ["option heartbeatIntervalMs 100", 1, /a heartbeat every 100 ms does not fit an election timeout of 150 ms/],
    ["option snapshotChunkBytes 0", 1, /snapshotChunkBytes/],
    ["option snapshotChunkBytes 20000000", 1, /above frameBytesMax \(16777216\): lower snapshotChunkBytes to at most 16777119/],
    ["log 4: 1", 5, /server 4 is a spare/],
    ["log 1: 2 1", 10, /terms never go back: 1 after 2/],
    ["log 1: 2 term 1", 15, /terms never go back: 1 after 2/],
    ["log 1 1", 7, /expected ":", found "1"/],
    ["break vote-for-any-log", 23, /expected "violates", found the end of the line/],
    [
      "break vote-for-any-lag violates log-matching",
      7,
      /expected the name of a rule that can be broken, found .* mean "vote-for-any-log"\?/,
    ],
    ["break nosuch violates log-matching", 7, /expected the name of a rule that can be broken \("commit-old-.*"\), found "nosuch"$/],
    ["break vote-for-any-log violates electon-safety", 33, /expected the name of an invariant, found .* mean "election-safety"\?/],
    // Commands
    ["elekt 1", 1, /expected a command, found "elekt"; did you mean "elect"\?/],
    ["elect", 6, /expected the number of a server, found the end of the line/],
    ["elect 5", 7, /there is no server 5: the cluster and its spares have the numbers 1 to 4/],
    ["elect 1 2", 9, /expected nothing more after "elect", found "2"/],
    ["elect 1.5", 7, /expected the number of a server, found "1\.5"/],
    ["run 500 ms", 5, /expected "for" and a time, or "until" and a condition, found "500"/],
    ["run for 500", 12, /expected a unit of time \("ms" or "s"\), found the end of the line/],
    ["run for 5 sec", 11, /found "sec"/],
    ["run for 3600.001 s", 9, /a time in a scenario is at most an hour \(3600 s\)/],
    ["run for 99999999 s", 9, /at most an hour/],
    ["run until 1 leads within 3600001 ms", 26, /at most an hour/],
    ["step 1000001", 6, /expected how many events, at most 1000000, found "1000001"/],
    ["step 0", 6, /expected how many events, at least 1/],
    ["partition 1 2 3", 16, /expected "\|", found the end of the line/],
    ["partition 1 | 1 2 3", 15, /server 1 is named twice/],
    ["partition 1 | 2 4", 18, /server 3 is in no group and would hear all of them/],
    ["partition 1 | 2", 16, /servers 3 4 are in no group/],
    ["isolate 1 1", 11, /server 1 is named twice/],
    ["expect 2 or 2 leads", 13, /server 2 is named twice/],
    ["cut 1 to 1", 10, /server 1 is named twice/],
    ["cut 1 2 and 3 2", 15, /server 2 is named twice/],
    ["link 1 to 1 drop 10%", 11, /server 1 has no link to itself/],
    ["heal 1 to 1", 11, /server 1 has no link to itself/],
    ["cut 1 2", 8, /expected one way or both \("to" or "and"\), found the end of the line/],
    ["link 1 to 2 latency 20 ms drop 120%", 32, /a share is at most 100%, not 120%/],
    [
      "drop the vot reply from 1",
      10,
      /expected the name of a message \(.*"vote request", "vote reply".*\), found "vot"; did you mean "vote"\?/,
    ],
    ["drop the vote from 1 to 2", 15, /expected "request" or "reply" after "vote", found "from"$/],
    ["drop the vote rply from 1 to 2", 15, /expected "request" or "reply" after "vote", found "rply"; did you mean "reply"\?/],
    ["drop the append rply from 1", 17, /expected "from" or "to" and a server, found "rply"; did you mean "reply"\?/],
    ["drop the append wiht entries from 1", 17, /found "wiht"; did you mean "with"\?/],
    ["drop the append with entris from 1", 22, /expected "entries", found "entris"; did you mean "entries"\?/],
    ["drop the append of tern 3 from 1", 20, /expected "term", found "tern"; did you mean "term"\?/],
    ["crash 1 losing powr", 16, /expected "power", found "powr"; did you mean "power"\?/],
    ["read 1 x by A in sesion", 18, /expected "session", found "sesion"; did you mean "session"\?/],
    ["change 1: remove 2 for configration 3", 24, /expected "configuration", .* mean "configuration"\?/],
    ["drop the append", 16, /expected "from" or "to" and a server, found the end of the line/],
    ["drop an append from 1", 6, /expected which message \("the" or "every"\), found "an"/],
    ["delay the append from 1 to 2", 29, /expected "by", found the end of the line/],
    ["clock 1 rate 0", 14, /a clock runs at a rate above 0/],
    ["slow disk 1 for 1 s", 13, /expected "by", found "for"/],
    ["rot snapshots 1", 5, /did you mean "snapshot"\?/],
    ["write 1 x", 10, /expected "=", found the end of the line/],
    ["write 1 x=5 lease", 18, /only a read can be "lease"/],
    ["write 1 x=5 in session", 23, /a session belongs to a client: name it/],
    ["cas 1 x=5", 10, /expected "if", found the end of the line/],
    ["read 1 x by A in session", 25, /a read needs no session/],
    ["retry 1", 8, /expected "by", found the end of the line/],
    ["change 1: add voter 4, dismiss 2", 24, /expected a change \("add", "promote", "demote" or "remove"\), found "dismiss"/],
    ["change 1: add 4", 15, /expected what it joins as \("learner" or "voter"\), found "4"/],
    ['write 1 x="5', 11, /this quote is never closed/],
    ["elect 1; elect 2", 8, /";" means nothing here/],
    // Conditions
    ["expect", 7, /expected a condition: servers, a request, a message or an invariant, found the end of the line/],
    ["expect 1", 9, /expected what is said about the server/],
    ["expect 1 leads,", 16, /expected a condition/],
    ["expect everybody leads", 8, /expected a condition.*found "everybody"/],
    ["expect 1 terms 2", 10, /did you mean "term"\?/],
    ["expect 1 term about 2", 15, /expected a number, or "above", "below", "at least" or "at most" and a number, found "about"/],
    ["expect 1 term at leest 2", 18, /expected a bound \("least" or "most"\), found "leest"; did you mean "least"\?/],
    ["expect no violaton", 11, /found "violaton"; did you mean "violation"\?/],
    ['expect "all" leads', 8, /found "all"$/],
    ["expect 1 voted 2", 16, /expected "nobody", found "2"/],
    ["expect 1 log", 13, /expected the term of an entry, "from" and an index, or "empty"/],
    ["expect 1 log 1:no-op", 16, /expected what the entry holds \(.*\), found "no-op"; did you mean "noop"\?/],
    ["expect 1 holds x", 17, /expected "=", found the end of the line/],
    ["expect 1 disk role", 15, /expected what is on disk \("term", "last" or "voted"\), found "role"/],
    ["expect write done", 14, /expected what became of the write \("waiting", "rejected", "unknown" or "committed"\), found "done"/],
    ["expect read comitted", 13, /expected what became of the read/],
    ["expect write comitted", 14, /did you mean "committed"\?/],
    ["expect A wrote committed", 8, /expected a condition/],
    ["expect leaders many", 16, /expected how many leaders/],
    ["expect the append from 1 to 2", 30, /expected "is", found the end of the line/],
    ["expect violation of", 20, /expected the name of an invariant \("election-safety", .*\), found the end of the line/],
    ["expect violation of electon-safety", 21, /expected the name of an invariant, found .* mean "election-safety"\?/],
    ["expect write rejected noLeeder", 23, /expected why it was rejected, found "noLeeder"; did you mean "noLeader"\?/],
    ["expect write not rejected because", 27, /expected why it was rejected \("notLeader", .*\), found "because"/],
  ])("says where and why it cannot read %j", (line, column, problem) => {
    const error = errorOf(story(line))
    expect(error.problem).toMatch(problem)
    expect(error.place).toEqual({ line: 4, column })
  })

  it("knows rules that somebody brings", () => {
    const text = story("break sleep violates liveness")
    expect(errorOf(text).problem).toMatch(/found "sleep"$/)
    const { setup } = parseScenario(text, "a.scenario", new Map([["sleep", production]]))
    expect(setup.breakable).toEqual({ rule: "sleep", violates: "liveness" })
  })

  it("takes times of up to an hour and a million events", () => {
    expect(parseScenario(story("run for 3600 s"), "a.scenario").commands[0]?.command).toEqual({ kind: "runFor", forMs: 3_600_000 })
    expect(parseScenario(story("step 1000000"), "a.scenario").commands[0]?.command).toEqual({ kind: "step", events: 1_000_000 })
  })

  it("takes a reason for a rejection, or none", () => {
    const text = story("run until write rejected, cas rejected noLeader, read not rejected within 1 s")
    expect(parseScenario(text, "a.scenario").commands[0]?.command).toMatchObject({
      conditions: [
        { condition: { outcome: { reason: null } } },
        { condition: { outcome: { reason: "noLeader" } } },
        { text: "read not rejected" },
      ],
      withinMs: 1_000,
    })
  })

  it("refuses setup that comes after the first command", () => {
    const error = errorOf(`${moral}\ncluster 1\nelect 1\noption preVote off\nexpect 1 leads`)
    expect(error.problem).toBe('"option" belongs before the first command')
    expect(error.place).toEqual({ line: 4, column: 1 })
  })
})
