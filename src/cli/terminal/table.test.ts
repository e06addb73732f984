import { describe, expect, test } from "vitest"
import { formatAge, formatBytes, formatTable, listInWords, visibleWidth } from "./table.ts"

describe("formatTable", () => {
  const columns = [
    { title: "NAME", cell: (row: [string, number]) => row[0] },
    { title: "N", cell: (row: [string, number]) => String(row[1]), align: "right" as const },
  ]

  test("columns are as wide as their widest cell, numbers stand to the right, no line ends in spaces", () => {
    expect(
      formatTable(columns, [
        ["a", 7],
        ["longer", 1234],
      ]),
    ).toBe(["NAME       N", "a          7", "longer  1234"].join("\n"))
  })

  test("without rows there is the header", () => {
    expect(formatTable(columns, [])).toBe("NAME  N")
  })

  test("colour sequences take no room", () => {
    expect(visibleWidth("\u001B[31mred\u001B[39m")).toBe(3)
    expect(formatTable(columns, [["\u001B[31mred\u001B[39m", 1]])).toBe("NAME  N\n\u001B[31mred\u001B[39m   1")
  })
})

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [1024 ** 2 - 1, "1.0 MiB"],
  [1024 ** 2, "1.0 MiB"],
  [5.25 * 1024 ** 3, "5.3 GiB"],
])("formatBytes(%d) is %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1000, "1.0 s"],
  [100_000, "2 min"],
  [7_200_000, "2.0 h"],
  [172_800_000, "2.0 d"],
])("formatAge(%d) is %s", (ms, text) => expect(formatAge(ms)).toBe(text))

test.each([
  [[], "nobody"],
  [["n1"], "n1"],
  [["n1", "n2"], "n1 and n2"],
  [["n1", "n2", "n3"], "n1, n2 and n3"],
])("listInWords(%j) is %s", (items, text) => expect(listInWords(items)).toBe(text))
