// Engines may compute Math.pow, Math.exp, Math.log and the like to different last digits, and sort or compare texts by different tables: in the layers
// whose runs must be the same everywhere, none of that is used. What is left (+, −, ×, ÷, square roots) IEEE 754 defines to the last bit.

import { describe, expect, test } from "vitest"
import { layers } from "../architecture/layers.ts"
import { isTest, sourceTree } from "../architecture/source-tree.ts"
import { nameOf, parse, walk } from "../architecture/syntax.ts"

const exact = new Set("abs ceil clz32 floor fround imul max min round sign sqrt trunc".split(" "))
const localeAware = /^(localeCompare|toLocale\w+|normalize)$/

function inexactIn(path: string, text: string): readonly string[] {
  const found: string[] = []
  walk(parse(path, text).program, (node) => {
    if (node.type === "BinaryExpression" && node["operator"] === "**") {
      const isConstant = [node["left"], node["right"]].every((side) => (side as { type: string }).type === "Literal")
      // 2 ** 21: a power of two that is written down is exact everywhere.
      if (!isConstant) found.push(`${path}: **`)
    }
    if (node.type !== "MemberExpression") return
    const property = nameOf(node["property"]) ?? ""
    if (nameOf(node["object"]) === "Math" && !exact.has(property)) found.push(`${path}: Math.${property}`)
    if (localeAware.test(property)) found.push(`${path}: ${property}`)
  })
  return found
}

test("no pure layer computes what engines may compute differently", () => {
  const pure = sourceTree("src").filter(({ path }) => layers[path.split("/")[1]!]?.pure === true && !isTest(path))
  expect(pure.length).toBeGreaterThan(100)
  expect(pure.flatMap(({ path, text }) => inexactIn(path, text))).toEqual([])
})

describe("a planted one is found", () => {
  test.each([
    "Math.pow(x, 2)",
    "Math.exp(x)",
    "const { a } = b; Math.log(a)",
    "x ** y",
    "x ** 2",
    "a.localeCompare(b)",
    "n.toLocaleString()",
  ])("%s", (text) => {
    expect(inexactIn("src/core/x.ts", text)).toHaveLength(1)
  })

  test("but not what is exact", () => expect(inexactIn("src/core/x.ts", "Math.max(1, 2 ** 21) + Math.sqrt(x) + a.log(b)")).toEqual([]))
})
