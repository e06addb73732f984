import { expect, test } from "vitest"
import { readCommand } from "./embed-commands.ts"

test.each([
  [{ oarlock: 1, do: "play" }, { do: "play" }],
  [
    { oarlock: 1, do: "seek", step: 12 },
    { do: "seek", step: 12 },
  ],
  [
    { oarlock: 1, do: "speed", perSecond: 50 },
    { do: "speed", perSecond: 50 },
  ],
])("%j is understood", (message, command) => {
  expect(readCommand(message)).toEqual(command)
})

test.each([[null], ["play"], [{ do: "play" }], [undefined]])("%j is not meant for us", (message) => {
  expect(readCommand(message)).toBeNull()
})

test.each([
  [{ oarlock: 2, do: "play" }, "this page speaks version 1"],
  [{ oarlock: 1, do: "dance" }, '"do" is "dance"'],
  [{ oarlock: 1 }, "it can be play, pause"],
  [{ oarlock: 1n }, '"oarlock" is a value of type bigint'],
  [{ oarlock: 1, do: { self: 5n } }, '"do" is a value of type object'],
  [{ oarlock: 1, do: "seek", step: -1 }, '"seek" needs "step"'],
  [{ oarlock: 1, do: "speed", perSecond: Infinity }, '"speed" needs "perSecond"'],
])("%o is refused in words", (message, words) => {
  expect(readCommand(message)).toContain(words)
})
