/**
 * Which runs a campaign makes: the options of a seed, with what the command line changes about all of them.
 *
 * The changes are a function of the seed and of plain data, so that one seed run alone, with the same flags, is the run of the campaign.
 */

import { swarmOptions, TraceError, type WorldOptions } from "../../simulator/index.ts"
import { readOptions } from "../../simulator/internal.ts"
import { CliError, exitCode } from "../terminal/cli-error.ts"

export interface SeedSpec {
  /** How many servers a seed gets, from one to the other; null to let it draw them. */
  readonly nodes: { readonly min: number; readonly max: number } | null
  /** Single options: a path such as `network.dropRate`, and its value. */
  readonly set: readonly (readonly [path: string, value: unknown])[]
}

export const asDrawn: SeedSpec = { nodes: null, set: [] }

/** The options of `seed` under `spec`. Throws a `TraceError` for what no world can be made of. */
export function optionsOf(seed: number, { nodes, set }: SeedSpec): WorldOptions {
  const drawn = swarmOptions(seed, nodes === null ? {} : { nodes: nodes.min + (seed % (nodes.max - nodes.min + 1)) })
  if (set.length === 0) return drawn
  let options: unknown = drawn
  for (const [path, value] of set) options = replaceAt(options, path.split("."), value)
  return readOptions(options, "")
}

/** `3`, or `1-7`. */
export function parseNodes(text: string): SeedSpec["nodes"] {
  const [, min, max] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text) ?? []
  if (min !== undefined) {
    const range = { min: Number(min), max: Number(max ?? min) }
    if (range.min >= 1 && range.min <= range.max && range.max <= 64) return range
  }
  throw new CliError(
    exitCode.usage,
    `--nodes: found ${JSON.stringify(text)}, expected a number of servers such as 5, or a range such as 1-7.`,
  )
}

/** `network.dropRate=0.2`: the value is JSON, or else a text. */
export function parseSetting(text: string): readonly [string, unknown] {
  const at = text.indexOf("=")
  if (at < 1)
    throw new CliError(
      exitCode.usage,
      `--set: found ${JSON.stringify(text)}, expected an option and its value, such as network.dropRate=0.2.`,
    )
  const value = text.slice(at + 1)
  try {
    return [text.slice(0, at), JSON.parse(value) as unknown]
  } catch {
    return [text.slice(0, at), value]
  }
}

/** Throws a `CliError` if no world can be made of `spec`; better now than in the middle of a campaign. */
export function requirePossible(spec: SeedSpec, seed: number): void {
  try {
    optionsOf(seed, spec)
  } catch (error) {
    if (error instanceof TraceError) throw new CliError(exitCode.usage, `--set ${error.message}.`, { cause: error })
    throw error
  }
}

/** The flags that make the same runs again. */
export function flagsOf({ nodes, set }: SeedSpec): string {
  const flags = set.map(([path, value]) => ` --set '${path}=${JSON.stringify(value)}'`)
  if (nodes !== null) flags.unshift(` --nodes ${nodes.min === nodes.max ? nodes.min : `${nodes.min}-${nodes.max}`}`)
  return flags.join("")
}

/** A path that leads nowhere makes a key that does not belong there, which the strict reader then names. */
function replaceAt(target: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value
  const inner = typeof target === "object" && target !== null ? (target as Record<string, unknown>) : {}
  const replaced = replaceAt(inner[name], rest, value)
  if (Array.isArray(target)) return target.map((each: unknown, position) => (String(position) === name ? replaced : each))
  return { ...inner, [name]: replaced }
}
