/** Lengths of time on the command line: `500ms`, `90s`, `10m`, `2h`. */

import { CliError, exitCode } from "../terminal/cli-error.ts"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 }
/** A timer cannot be set further. */
const durationMaxMs = 0x7fff_ffff

/** In milliseconds. Throws a `CliError`. */
export function parseDuration(text: string, what: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)$/.exec(text) ?? []
  const ms = amount === undefined || unit === undefined ? 0 : Number(amount) * units[unit]!
  if (ms > 0 && ms <= durationMaxMs) return ms
  throw new CliError(exitCode.usage, `${what}: found ${JSON.stringify(text)}, expected a length of time such as 90s, 10m or 2h.`)
}
