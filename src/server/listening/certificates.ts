/**
 * Certificates that have expired, or will soon, are reported at the start with file and date. Otherwise an operator sees only handshakes that fail
 * elsewhere.
 *
 * The server starts all the same: with an expired certificate for clients it still votes and replicates, and a quorum may depend on it.
 */

import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import type { ServerConfig, TlsFiles } from "../configuration/config.ts"

/** A certificate that ends sooner than this is told at the start, in days. */
export const expiryNoticeDays = 14

const millisecondsPerDay = 86_400_000

/** One certificate of one file. */
export interface UsedCertificate {
  readonly flag: string
  readonly file: string
  /** Which of the server's two ports it is for. */
  readonly use: "client" | "peer"
  readonly part: "certificate" | "authority"
  readonly validFromMs: number
  readonly validToMs: number
}

/** All certificates that a server was given. A file that cannot be read is an error only where it is needed. */
export function usedCertificates({ tls }: Pick<ServerConfig, "tls">): readonly UsedCertificate[] {
  return [...certificatesOf(tls.client, "client", ""), ...certificatesOf(tls.peer, "peer", "peer-")]
}

function certificatesOf(files: TlsFiles | null, use: UsedCertificate["use"], prefix: string): readonly UsedCertificate[] {
  if (files === null) return []
  const own = readCertificates(files.certFile).map((dates) => ({
    flag: `--${prefix}cert-file`,
    file: files.certFile,
    part: "certificate" as const,
    ...dates,
  }))
  const authorities =
    files.caFile === null
      ? []
      : readCertificates(files.caFile).map((dates) => ({
          flag: `--${prefix}trusted-ca-file`,
          file: files.caFile!,
          part: "authority" as const,
          ...dates,
        }))
  return [...own, ...authorities].map((certificate) => ({ ...certificate, use }))
}

function readCertificates(file: string): readonly Pick<UsedCertificate, "validFromMs" | "validToMs">[] {
  try {
    const blocks = readFileSync(file, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    return blocks.map((block) => {
      const { validFrom, validTo } = new X509Certificate(block)
      return { validFromMs: Date.parse(validFrom), validToMs: Date.parse(validTo) }
    })
  } catch {
    return []
  }
}

export interface ValidityNotice {
  readonly level: "warn" | "error"
  readonly text: string
}

/** What an operator should know about the dates of a certificate; null if nothing. */
export function explainValidity({ flag, file, use, part, validFromMs, validToMs }: UsedCertificate, nowMs: number): ValidityNotice | null {
  const what = `the ${part === "authority" ? "authority's certificate" : "certificate"} in ${file} (${flag})`
  const who = use === "peer" ? "other servers" : "clients"
  const consequence = part === "authority" ? `${who} whose certificates it signed are refused` : `${who} refuse it`
  const date = (ms: number): string =>
    new Date(ms)
      .toISOString()
      .replace(/:\d\d\.\d+Z$/, " UTC")
      .replace("T", " ")
  const days = (ms: number): string =>
    `${Math.floor(ms / millisecondsPerDay)} ${Math.floor(ms / millisecondsPerDay) === 1 ? "day" : "days"}`
  if (nowMs > validToMs) {
    const since = `${what} expired on ${date(validToMs)}, ${days(nowMs - validToMs)} ago`
    return { level: "error", text: `${since}: ${consequence}; replace the file and start this server again` }
  }
  if (nowMs < validFromMs) {
    const clock = "if that date is past, this machine's clock is wrong"
    return { level: "error", text: `${what} is valid only from ${date(validFromMs)} on: ${consequence} until then; ${clock}` }
  }
  if (validToMs - nowMs >= expiryNoticeDays * millisecondsPerDay) return null
  return {
    level: "warn",
    text: `${what} expires on ${date(validToMs)}, in ${days(validToMs - nowMs)}: replace it before, or ${consequence}`,
  }
}
