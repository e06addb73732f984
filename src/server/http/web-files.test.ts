import { expect, test } from "vitest"
import { connectSources } from "./web-files.ts"

test("the page may ask the members, by the scheme that it came with", () => {
  expect(connectSources(["10.0.0.1:2379", "node-2.example.org:2379"], "https")).toEqual([
    "https://10.0.0.1:2379",
    "https://node-2.example.org:2379",
  ])
})

test("an address that would mean something else in a policy is left out", () => {
  for (const address of ["a:1; script-src *", "*:2379", "a:1 b:2", "http://a:1", "a", "a:1/x", "'self'", "a:1,b:2", ""]) {
    expect(connectSources([address], "http")).toEqual([])
  }
})

test("a policy cannot name an IPv6 address: its scheme has to do", () => {
  expect(connectSources(["[::1]:2379", "10.0.0.1:2379"], "http")).toEqual(["http:"])
})
