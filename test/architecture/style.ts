// The few rules of house style that a machine can keep: a file opens with the concept it holds, is named in kebab-case,
// stays short enough to be read in one sitting, and no test is switched off or set above the others.
// Everything else about style belongs to the formatter or to the reader.

import { isTest } from "./source-tree.ts"
import { nameOf, parse, walk } from "./syntax.ts"

/** A source longer than this is more than one concept. */
export const sourceLinesMax = 450

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/
const testFunctions = new Set(["it", "test", "describe", "suite"])
const switches = new Set(["only", "skip", "todo"])

/** What breaks house style in one file, in words. */
export function styleProblems(path: string, text: string): string[] {
  return [...nameProblems(path), ...(isTest(path) ? switchedTests(path, text) : [...headerProblems(text), ...lengthProblems(path, text)])]
}

function nameProblems(path: string): string[] {
  const parts = path.replace(/(\.test|\.config|\.d)?\.ts$/, "").split("/")
  return parts.filter((part) => !kebabCase.test(part)).map((part) => `"${part}" is not in kebab-case`)
}

function headerProblems(text: string): string[] {
  return /^(\/\/|\/\*)/.test(text) ? [] : ["does not open with a comment that says what concept the file holds"]
}

function lengthProblems(path: string, text: string): string[] {
  const lines = text.trimEnd().split("\n").length
  return path.startsWith("src/") && lines > sourceLinesMax
    ? [`has ${lines} lines: more than ${sourceLinesMax} are more than one concept`]
    : []
}

function switchedTests(path: string, text: string): string[] {
  const found: string[] = []
  walk(parse(path, text).program, (node) => {
    if (node.type !== "MemberExpression") return
    const called = nameOf(node["object"]) ?? ""
    const modifier = nameOf(node["property"]) ?? ""
    if (testFunctions.has(called) && switches.has(modifier)) found.push(`leaves ${called}.${modifier} behind`)
  })
  return found
}
