/** The command line against client ports that speak TLS, and those that do not: never in plain text where TLS was meant, and always in words. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { freePort } from "./real-cluster.ts"
import { LongCommand, oarlock, type Said } from "./terminal.ts"

const folder = mkdtempSync(join(tmpdir(), "oarlock-cli-tls-"))
const file = (name: string): string => resolve("test/fixtures/tls", name)
const ca = ["--cacert", file("ca.crt")]
const own = ["--cert", file("node.crt"), "--key", file("node.key")]
const servers: LongCommand[] = []

interface Started {
  readonly client: string
  readonly peer: string
  readonly log: LongCommand
}

async function start(name: string, scheme: "http" | "https", ...args: readonly string[]): Promise<Started> {
  const [client, peer] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
  const urls = ["--listen-client-urls", `${scheme}://${client}`, "--listen-peer-urls", `http://${peer}`]
  const log = new LongCommand(["start", "--name", name, "--data-dir", name, ...urls, ...args], folder)
  servers.push(log)
  return { client, peer, log }
}

const certificate = ["--cert-file", file("node.crt"), "--key-file", file("node.key")]
const authority = ["--trusted-ca-file", file("ca.crt")]
const command = (...args: string[]): Promise<Said> => oarlock(args, { cwd: folder })

let secure: Started
let mutual: Started
let plain: Started

beforeAll(async () => {
  secure = await start("secure", "https", ...certificate)
  mutual = await start("mutual", "https", ...certificate, ...authority, "--client-cert-auth")
  plain = await start("plain", "http")
  await Promise.all([secure, mutual, plain].map(({ log }) => log.says(/leads term/)))
})

afterAll(async () => {
  await Promise.all(servers.map((server) => server.end()))
  rmSync(folder, { recursive: true, force: true })
})

describe("by TLS", () => {
  test("everything works that works in plain: the native protocol and what is asked over HTTP", async () => {
    const at = ["--endpoints", `https://${secure.client}`, ...ca]
    expect(await command("put", "a", "b", ...at)).toMatchObject({ code: 0, stderr: "" })
    expect(await command("get", "a", ...at)).toMatchObject({ code: 0, stdout: "b\n" })
    expect((await command("status", ...at)).stdout).toMatch(/secure +leader/)
    expect((await command("member", "list", "--endpoints", secure.client, ...ca)).stdout).toContain("secure")
    const env = { ETCDCTL_ENDPOINTS: `https://${secure.client}`, ETCDCTL_CACERT: file("ca.crt") }
    expect(await oarlock(["get", "a"], { cwd: folder, env })).toMatchObject({ code: 0, stdout: "b\n" })
  })

  test("a port that asks for certificates is shown one, and says so to a client without one", async () => {
    const at = ["--endpoints", `https://${mutual.client}`, ...ca]
    expect(await command("put", "a", "b", ...at, ...own)).toMatchObject({ code: 0 })
    const [status, get] = await Promise.all([command("status", ...at), command("get", "a", "--timeout", "1000", ...at)])
    for (const said of [status, get]) {
      expect(said.code).toBe(5)
      expect(said.stderr).toMatch(/wants a client certificate: give one with its key \(--cert and --key/)
    }
  })
})

describe("said in words, with exit code 5, is", () => {
  const fails = async (words: RegExp, ...at: readonly string[]): Promise<void> => {
    const [status, put] = await Promise.all([command("status", ...at), command("put", "a", "c", "--timeout", "1000", ...at)])
    for (const said of [status, put]) expect.soft(said).toEqual({ code: 5, stdout: "", stderr: expect.stringMatching(words) as string })
  }

  test("https:// at a plain port", () =>
    fails(/no TLS is spoken there \(http:\/\/, not https:\/\/\)/, "--endpoints", `https://${plain.client}`))

  test("http:// at a port that speaks TLS", () => fails(/https:\/\//, "--endpoints", `http://${secure.client}`))

  test("a certificate of an authority that nobody here trusts", () =>
    fails(
      /signed by an authority that is not trusted here: give the authority's certificate \(--cacert/,
      "--endpoints",
      `https://${secure.client}`,
    ))
})

describe("a server", () => {
  test("joins a cluster whose client ports speak TLS, with or without https://", async () => {
    const at = ["--endpoints", `https://${mutual.client}`, ...ca, ...own]
    const [client, peer] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    expect(await command("member", "add", "joined", "--peer", peer, "--learner", ...at)).toMatchObject({ code: 0 })
    const urls = ["--listen-client-urls", `https://${client}`, "--listen-peer-urls", `http://${peer}`]
    const tls = [...certificate, ...authority, "--client-cert-auth"]
    const joined = new LongCommand(["start", "--name", "joined", "--data-dir", "joined", "--join", mutual.client, ...urls, ...tls], folder)
    servers.push(joined)
    await joined.says(/"serving"/)
  })

  test("whose certificate has expired says so at the start, by file and date, and serves who does not mind", async () => {
    const old = ["--cert-file", file("expired.crt"), "--key-file", file("node.key")]
    const { client, log } = await start("expired", "https", ...old)
    await log.says(/the certificate in .*expired\.crt \(--cert-file\) expired on 2020-02-01 00:00 UTC, \d+ days ago: clients refuse it/)
    await log.says(/leads term/)
    const refused = await command("status", "--endpoints", `https://${client}`, "--cacert", file("expired.crt"))
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining("its certificate has expired") as string })
  })
})
