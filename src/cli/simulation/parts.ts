/**
 * What results files should hold. Each begins with a line that says which part of which campaign it is, so that a merge can tell "nothing failed"
 * from "something is missing": a machine that died, a log that was cut off, a file that was left out.
 *
 * Which seeds a campaign has follows from any of its lines. One that time ends cannot know that in advance: there a part says at its end how many
 * seeds it ran, and that line is what an interrupted one misses.
 */

import { seedsOf } from "./campaign.ts"
import type { SeedResult } from "./seed-result.ts"

/** One line: the first of a part and, where time ends it, its last. */
export interface Part {
  /** From 0. */
  readonly index: number
  /** Parts that the campaign is dealt out to. */
  readonly of: number
  /** The first seed of the campaign. */
  readonly from: number
  /** Seeds of all parts together; null if time ends it. */
  readonly seeds: number | null
  /** What the command line changed about the seeds' options; missing if nothing. */
  readonly changed?: string
  /** How many seeds this part ran until its time was over. */
  readonly ran?: number
}

export const partsMax = 1_000_000
/** Seeds are 32-bit numbers. */
const seedCount = 0x1_0000_0000
/** Missing seeds of a part, and parts with missing seeds, that are named. */
const namedMax = 5

export function writePart(part: Part): string {
  return JSON.stringify({ part })
}

/** Null for a line that holds something else. Throws with the reason in words. */
export function parsePart(line: string): Part | null {
  if (!/^\s*\{\s*"part"\s*:/.test(line)) return null
  let part: Partial<Part> | null
  try {
    part = (JSON.parse(line) as { part: Part | null }).part
  } catch {
    throw new Error("this is no whole line of JSON")
  }
  const { index, of, from, seeds, changed = "", ran = 0 } = part ?? {}
  const isWhole = (value: unknown, least: number, most: number): boolean =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
  const isRight = {
    of: isWhole(of, 1, partsMax),
    index: isWhole(index, 0, (of ?? 1) - 1),
    from: isWhole(from, 0, seedCount - 1),
    seeds: seeds === null || isWhole(seeds, 1, seedCount),
    changed: typeof changed === "string",
    ran: isWhole(ran, 0, seedCount),
  }
  const wrong = Object.entries(isRight).find(([, right]) => !right)
  if (wrong !== undefined) throw new Error(`this is no part of a campaign: ${wrong[0]} makes no sense`)
  return part as Part
}

interface Campaign {
  readonly part: Part
  /** By index, of the parts that told of themselves: how many seeds they say they ran; null if they did not say. */
  readonly told: Map<number, number | null>
  /** By index: how many of its seeds have results. */
  readonly found: Map<number, number>
}

export class Parts {
  readonly #campaigns = new Map<string, Campaign>()
  /** Seeds with results, by what was changed about them. */
  readonly #seeds = new Map<string, Set<number>>()

  add(part: Part): void {
    const { index, of, from, seeds, changed, ran } = part
    const name = JSON.stringify([of, from, seeds, changed])
    const campaign = this.#campaigns.get(name) ?? { part, told: new Map<number, number | null>(), found: new Map<number, number>() }
    this.#campaigns.set(name, campaign)
    // Of a part that was run twice, the longer one counts.
    const before = campaign.told.get(index) ?? null
    campaign.told.set(index, ran === undefined ? before : Math.max(ran, before ?? 0))
  }

  addResult({ seed, changed = "" }: SeedResult): void {
    const seeds = this.#seeds.get(changed)
    if (seeds === undefined) this.#seeds.set(changed, new Set([seed]))
    else seeds.add(seed)
  }

  /** What is missing, in sentences; none if everything is there. */
  explainMissing(): readonly string[] {
    const campaigns = [...this.#campaigns.values()]
    if (campaigns.length === 0) return ["No file says which seeds it should hold."]
    for (const { found } of campaigns) found.clear()
    const strays: number[] = []
    for (const [changed, seeds] of this.#seeds) {
      const fitting = campaigns.filter(({ part }) => (part.changed ?? "") === changed)
      for (const seed of seeds) if (!countIn(fitting, seed)) strays.push(seed)
    }
    const missing = campaigns.flatMap((campaign) => this.#missingOf(campaign))
    if (strays.length > 0) missing.push(`No file says what else should be there with seed ${nameSome(strays, strays.length)}.`)
    return missing
  }

  #missingOf(campaign: Campaign): string[] {
    const { of } = campaign.part
    const problems: string[] = []
    let others = 0
    for (let index = 0; index < of; index++) {
      const problem = this.#problemOf(campaign, index)
      if (problem === null) continue
      if (problems.length < namedMax) problems.push(problem)
      else others += 1
    }
    return others === 0 ? problems : [...problems, `So it is with ${others} more of the ${of} parts.`]
  }

  #problemOf({ part, told, found }: Campaign, index: number): string | null {
    const { of, from, seeds, changed = "" } = part
    const who = of === 1 ? `The campaign from seed ${from}` : `Part ${index} of ${of} from seed ${from}`
    const count = found.get(index) ?? 0
    if (seeds === null) {
      const ran = told.get(index)
      if (ran === undefined) return `${who} is missing.`
      if (ran === null) return `${who} did not come to its end: ${count} seeds are here.`
      return count >= ran ? null : `${who}: ${ran - count} of the ${ran} seeds that it ran are missing.`
    }
    const planned = Math.max(0, Math.ceil((seeds - index) / of))
    if (count >= planned) return null
    const flags = `--seeds ${seeds} --from ${from}${of === 1 ? "" : ` --index ${index} --of ${of}`}${changed === "" ? "" : ` ${changed}`}`
    const command = `oarlock simulate ${flags} --results FILE`
    if (count === 0 && !told.has(index)) return `${who} is missing: ${command}`
    const missing = firstMissing(seedsOf(from, seeds, index, of), this.#seeds.get(changed) ?? new Set())
    return `${who} misses ${planned - count} of its ${planned} seeds, ${nameSome(missing, planned - count)}: ${command}`
  }
}

/** Of a part that time ends, the last seeds need not be the next in line: others were still under way. */
const stragglers = 256

/** Counts a seed in every campaign that it belongs to. False if that is none. */
function countIn(campaigns: readonly Campaign[], seed: number): boolean {
  let belongs = false
  for (const { part, told, found } of campaigns) {
    const offset = (seed - part.from + seedCount) % seedCount
    const index = offset % part.of
    if (part.seeds !== null ? offset >= part.seeds : Math.floor(offset / part.of) >= (told.get(index) ?? Infinity) + stragglers) continue
    found.set(index, (found.get(index) ?? 0) + 1)
    belongs = true
  }
  return belongs
}

function firstMissing(seeds: Iterable<number>, known: ReadonlySet<number>): readonly number[] {
  const missing: number[] = []
  for (const seed of seeds) {
    if (!known.has(seed)) missing.push(seed)
    if (missing.length === namedMax) break
  }
  return missing
}

/** `3, 5, 8`, or the first of more. */
function nameSome(seeds: readonly number[], count: number): string {
  const named = seeds.slice(0, namedMax)
  return `${named.join(", ")}${count > named.length ? ", …" : ""}`
}
