import { PassThrough } from "node:stream"
import { expect, test } from "vitest"
import { createLogger, prettyLine } from "./logging.ts"

test("for people: time, level, sentence, and what else is known", () => {
  const line = JSON.stringify({ level: "warn", time: "2026-01-02T03:04:05.678Z", node: "n1", peer: 2, msg: "lost n2", observation: "x" })
  expect(prettyLine(line)).toBe("03:04:05.678 warn  lost n2 (peer 2)\n")
})

test("a line that is not ours is passed on", () => {
  expect(prettyLine("plain\n")).toBe("plain\n")
})

test("for machines: one JSON object a line, with the node's name; quieter levels are left out", () => {
  const target = new PassThrough()
  const log = createLogger({ level: "info", format: "json", node: "n1" }, target as unknown as NodeJS.WriteStream)
  log.debug("quiet")
  log.info({ term: 7 }, "loud")
  const lines = (target.read() as Buffer).toString().trim().split("\n")
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: "info", node: "n1", term: 7, msg: "loud" })
})
