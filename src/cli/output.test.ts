import { describe, expect, test } from "vitest"
import { styleFor } from "./output.ts"

describe("colours", () => {
  test.each<[string, boolean, Record<string, string>, boolean]>([
    ["on a terminal", true, {}, true],
    ["not into a pipe", false, {}, false],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR says nothing", true, { NO_COLOR: "" }, true],
    ["not on a dumb terminal", true, { TERM: "dumb" }, false],
    ["into a pipe if forced", false, { FORCE_COLOR: "1" }, true],
    ["NO_COLOR beats FORCE_COLOR", true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ])("%s", (_title, isTerminal, env, colored) => {
    expect(styleFor(isTerminal, env).bad("x")).toBe(colored ? "\u001B[31mx\u001B[39m" : "x")
  })
})
