/** Every line of every story and lesson can be said in English. */

import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { parseScenario, type PlacedCommand } from "../../../../src/simulator/index.ts"
import { parseLesson } from "../lessons/parse-lesson.ts"
import { narrate } from "./narration.ts"

const stories = readdirSync("scenarios", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".scenario"))
  .map((file) => parseScenario(readFileSync(`scenarios/${file}`, "utf8"), file))
const lessons = readdirSync("lessons").map((file) =>
  parseScenario(parseLesson(readFileSync(`lessons/${file}`, "utf8"), file.replace(/\.md$/, "")).script, file),
)

test("each line is a sentence", () => {
  const sentences = [...stories, ...lessons].flatMap(({ commands }) => commands.map(({ command }) => narrate(command)))
  expect(sentences.length).toBeGreaterThan(1_000)
  for (const sentence of sentences) {
    expect(sentence).toMatch(/^[A-Z"].*\.$/)
    expect(sentence).not.toMatch(/undefined|null|NaN|\[object|  /)
  }
})

const said = (line: string): string => {
  const { commands } = parseScenario(`# A moral (Raft §5).\ncluster 1 2 3\n${line}\nexpect 1 up\n`, "said.scenario")
  return narrate((commands[0] as PlacedCommand).command)
}

test.each([
  ["elect 1", "S1 is made the leader."],
  ["timeout 1 2", "The election timers of S1 and S2 run out."],
  ["partition 1 | 2 3", "The network is cut into S1 alone and S2 and S3."],
  ["write 1 x=5 by A", "Client A asks S1 to write x=5."],
  ["read 1 x stale", "A client asks S1 for x, however old."],
  ["drop the vote reply from 3 to 1", "The vote reply from S3 to S1 is lost."],
  ["hold every message from 1", "Every message from S1 is held back."],
  ["crash 1 losing power", "S1 crashes and what was not on disk yet is lost."],
  ["change 1: add voter 3, remove 2", "S1 is asked to add S3 as a voter and remove S2."],
  ["run until 2 or 3 leads", "Time passes until S2 or S3 leads."],
  ["expect 1 not leads, 2 3 voted for 2", "S1 does not lead and S2 and S3 have voted for S2."],
  ["expect all term 1, all log 1:noop 1:x=5", "Every server is in term 1 and every server has the log no-op of term 1, x=5 of term 1."],
  [
    "expect leaders 1, write committed, history linearizable",
    "There is one leader, the write is committed and the history of all requests is linearizable.",
  ],
  ["expect write rejected noLeader, all holds no x", "The write is refused (noLeader) and every server has no x."],
  ["expect no append from 1 to 2 is on its way", "No append from S1 to S2 is on its way."],
])("%s", (line, sentence) => {
  expect(said(line)).toBe(sentence)
})
