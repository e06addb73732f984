import { resolve } from "node:path"
import { describe, expect, test } from "vitest"
import type { ClusterOptions, Context } from "../terminal/command.ts"
import { findTarget } from "./endpoints.ts"

const context = (env: NodeJS.ProcessEnv = {}) => ({ env, workingDirectory: "/nowhere" }) as Context
const find = (options: Partial<ClusterOptions>, env?: NodeJS.ProcessEnv) => findTarget(context(env), { timeout: "1000", ...options })
const file = (name: string): string => resolve("test/fixtures/tls", name)
const ca = file("ca.crt")

describe("TLS", () => {
  test("is what https:// asks for, with the authorities of this machine unless others are given", () => {
    expect(find({ endpoints: "https://a:1,https://b:2" })).toMatchObject({
      addresses: ["a:1", "b:2"],
      tls: { ca: null, cert: null, key: null },
    })
    expect(find({ endpoints: "https://a:1", cacert: ca }).tls?.ca).toContain("BEGIN CERTIFICATE")
  })

  test("is also what a certificate asks for, where no scheme is written", () => {
    expect(find({ endpoints: "a:1" }).tls).toBeNull()
    expect(find({ endpoints: "a:1", cacert: ca }).tls).not.toBeNull()
    expect(find({ endpoints: "a:1" }, { ETCDCTL_CACERT: ca }).tls).not.toBeNull()
    expect(find({}, { OARLOCK_ENDPOINTS: "https://a:1", OARLOCK_CACERT: ca, ETCDCTL_CACERT: "/nowhere" }).tls?.ca).toContain("BEGIN")
  })

  test.each<[string, Partial<ClusterOptions>, RegExp]>([
    ["both schemes", { endpoints: "https://a:1,http://b:2" }, /--endpoints: found http:\/\/ and https:\/\/, expected one of them/],
    ["a plain address with a certificate", { endpoints: "http://a:1", cacert: ca }, /--endpoints: http:\/\/ is plain.*Write https:\/\//],
    ["a certificate without its key", { endpoints: "a:1", cert: ca }, /--cert: found without --key; they belong together/],
    ["a key without its certificate", { endpoints: "a:1", key: file("node.key") }, /--key: found without --cert/],
    ["another's key", { endpoints: "a:1", cert: file("node.crt"), key: file("stranger.key") }, /do not work together: --cert .*--key/],
    ["a file that is not there", { endpoints: "a:1", cacert: "/nowhere" }, /--cacert: could not read \/nowhere/],
    ["a file of something else", { endpoints: "a:1", cacert: resolve("package.json") }, /--cacert: could not read .*nothing in PEM/],
  ])("%s: refused in words", (_title, options, words) => {
    expect(() => find(options)).toThrow(words)
  })
})
