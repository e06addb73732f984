import { resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { type UsedCertificate, expiryNoticeDays, explainValidity, usedCertificates } from "./certificates.ts"

const file = (name: string): string => resolve("test/fixtures/tls", name)

test("all certificates of both ports are read, with their dates; a file that is none is an error only where it is needed", () => {
  const files = { certFile: file("expired.crt"), keyFile: file("node.key"), caFile: file("ca.crt"), requireClientCert: false }
  const peer = { ...files, certFile: file("node.key"), caFile: "/nowhere" }
  const found = usedCertificates({ tls: { client: files, peer } })
  expect(found.map(({ flag, use, part }) => `${flag} ${use} ${part}`)).toEqual([
    "--cert-file client certificate",
    "--trusted-ca-file client authority",
  ])
  expect(found[0]).toMatchObject({ validFromMs: Date.UTC(2020, 0, 1), validToMs: Date.UTC(2020, 1, 1) })
  expect(usedCertificates({ tls: { client: null, peer: null } })).toEqual([])
})

describe("what an operator is told", () => {
  const validToMs = Date.UTC(2030, 5, 1)
  const dayMs = 86_400_000
  const own: UsedCertificate = {
    flag: "--cert-file",
    file: "/etc/n1.crt",
    use: "client",
    part: "certificate",
    validFromMs: Date.UTC(2029, 5, 1),
    validToMs,
  }

  test("is the date, and what follows from it", () => {
    expect(explainValidity(own, validToMs + 12.5 * dayMs)).toEqual({
      level: "error",
      text: "the certificate in /etc/n1.crt (--cert-file) expired on 2030-06-01 00:00 UTC, 12 days ago: clients refuse it; replace the file and start this server again",
    })
    const authority = { ...own, flag: "--peer-trusted-ca-file", use: "peer", part: "authority" } as const
    expect(explainValidity(authority, validToMs + dayMs)?.text).toMatch(/^the authority's certificate .* 1 day ago: other servers whose/)
    expect(explainValidity(own, own.validFromMs - 1)).toMatchObject({
      level: "error",
      text: expect.stringContaining("clock is wrong") as string,
    })
  })

  test("expiryNoticeDays: nothing before, a warning from then on", () => {
    expect(explainValidity(own, validToMs - expiryNoticeDays * dayMs)).toBeNull()
    expect(explainValidity(own, validToMs - expiryNoticeDays * dayMs + 1)).toMatchObject({
      level: "warn",
      text: expect.stringMatching(/expires on 2030-06-01 00:00 UTC, in 13 days: replace it before, or clients refuse it/) as string,
    })
    expect(explainValidity(own, own.validFromMs)).toBeNull()
  })
})
