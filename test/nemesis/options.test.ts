/** The arguments of `npm run nemesis`. */

import { expect, test } from "vitest"
import { readOptions, UsageError } from "./options.ts"

test("without arguments it is ten minutes with the seed that was drawn", () => {
  expect(readOptions([], 99)).toMatchObject({ minutes: 10, seed: 99, nodes: 5, valueBytesMax: 1_572_000, json: false })
  expect(readOptions(["--help"], 99)).toBeNull()
})

test.each([
  [["--minutes", "0"], "--minutes: found 0, expected a number from 0.1 to 1440"],
  [["--seed", "-1"], "--seed"],
  [["--seed=1.5"], "--seed: found 1.5, expected a whole number"],
  [["--nodes", "2"], "--nodes: found 2, expected a number from 3 to 9"],
  [["--value-bytes", ""], "--value-bytes: found , expected a number"],
  [["--memory-mib", "much"], "--memory-mib: found much"],
  [["--faster"], "--faster"],
  [["seven"], "seven"],
])("%j is a mistake that is named", (args, message) => {
  expect(() => readOptions(args, 1)).toThrow(UsageError)
  expect(() => readOptions(args, 1)).toThrow(message)
})
