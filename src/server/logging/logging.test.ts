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
  const lines: string[] = []
  const log = createLogger(
    { level: "info", format: null, node: "n1" },
    {
      write: (line) => {
        lines.push(line)
      },
    },
    false,
  )
  log.debug("quiet")
  log.info({ term: 7 }, "loud")
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: "info", node: "n1", term: 7, msg: "loud" })
})

test("on a terminal, lines for people unless told otherwise", () => {
  const lines: string[] = []
  createLogger(
    { level: "info", format: null, node: "n1" },
    {
      write: (line) => {
        lines.push(line)
      },
    },
    true,
  ).info("loud")
  expect(lines).toEqual([expect.stringMatching(/^[\d:.]+ info {2}loud\n$/)])
})
