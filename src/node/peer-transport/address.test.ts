import { expect, test } from "vitest"
import { parseHostPort } from "../../arguments/index.ts"
import { formatHostPort } from "./address.ts"

test.each([
  ["127.0.0.1:2380", "127.0.0.1", 2380],
  ["localhost:0", "localhost", 0],
  ["[::1]:65535", "::1", 65_535],
  ["node-1.example:7", "node-1.example", 7],
])("%s is an address, and is written back as it was", (text, host, port) => {
  expect(parseHostPort(text)).toEqual({ host, port })
  expect(formatHostPort({ host, port })).toBe(text)
})

test.each(["", "host", ":2380", "host:", "host:65536", "host:-1", "host:1:2", "::1:80", "http://host:80", "ho st:80", "[host:80"])(
  "%j is none",
  (text) => {
    expect(parseHostPort(text)).toBeNull()
  },
)

test("hostLengthMax: the longest name that DNS has is a host, and one more character makes it none", () => {
  for (const length of [252, 253]) expect(parseHostPort(`${"h".repeat(length)}:1`)?.host).toHaveLength(length)
  expect(parseHostPort(`${"h".repeat(254)}:1`)).toBeNull()
})
