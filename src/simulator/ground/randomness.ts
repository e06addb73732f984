/**
 * The world's dice: every answer is a hash of the seed, a purpose and the ids of what it is about ("the fate of `S1>S3#42`"), never of
 * how many dice were thrown before. A replay needs nothing but the seed, a clone needs no generator, and a change somewhere in a run
 * leaves the fate of everything else alone, which is what makes a failing run shrinkable.
 */

/** What a draw is for. Numbers are never reused or reordered: recorded seeds mean what they meant. */
export const purposes = {
  nodeCount: 1,
  swarm: 2,
  messageDropped: 3,
  messageLatency: 4,
  messageDuplicated: 5,
  duplicateLatency: 6,
  messageSlow: 7,
  slowLatency: 8,
  unreachableHint: 9,
  hintLatency: 10,
  diskLatency: 11,
  diskStall: 12,
  diskStallLength: 13,
  diskFull: 14,
  diskSyncFails: 15,
  crashedOperations: 16,
  crashedWrite: 17,
  tornAt: 18,
  sectorSurvives: 19,
  directorySurvives: 20,
  clockOffset: 21,
  clockRate: 22,
  replicaSeed: 23,
  bootId: 24,
  incarnation: 25,
  faultGap: 26,
  faultVictim: 27,
  faultLength: 28,
  faultShape: 29,
  powerLoss: 30,
  clientThinks: 31,
  clientChooses: 32,
  clientKey: 33,
  clientNode: 34,
  clientLatency: 35,
  clientPayload: 36,
  clientRetries: 37,
  clientLoss: 38,
  stepBusy: 39,
  crashPoint: 40,
  crashPointDelay: 41,
  diskLies: 42,
  durabilitySample: 43,
  membership: 44,
  preferLeader: 45,
  greeting: 46,
  corruptFile: 47,
  corruptBit: 48,
  replacement: 49,
  healedQuorum: 50,
  diskError: 51,
  misdirected: 52,
  upgrade: 53,
  poison: 54,
  lostPoints: 55,
} as const

export type Purpose = (typeof purposes)[keyof typeof purposes]

/** An unsigned 32-bit number: what `hashNumbers` makes of all five, spelled out because a world asks several times an event. */
export function draw(seed: number, purpose: Purpose, a = 0, b = 0, c = 0): number {
  return mixInteger(mixInteger(mixInteger(beginning(seed, purpose), a), b), c) >>> 0
}

/** What seed and purpose make of a draw: kept, because a run has one seed and few purposes, and this is two fifths of the work. */
function beginning(seed: number, purpose: Purpose): number {
  if (seed !== begunSeed) {
    begunSeed = seed
    begun.fill(undefined)
  }
  return (begun[purpose] ??= mixInteger(mixInteger(0x9e3779b9, seed), purpose))
}

let begunSeed = NaN
/** By purpose, for that seed. */
const begun: (number | undefined)[] = Array.from({ length: Math.max(...Object.values(purposes)) + 1 })

function mixInteger(hash: number, value: number): number {
  return mix(mix(hash, value | 0), value < 0x1_0000_0000 && value >= 0 ? 0 : Math.floor(value / 0x1_0000_0000) | 0)
}

/** As `mixNumber`, but signed on the way, so that no step of it needs more than a small integer's place. */
function mix(hash: number, value: number): number {
  let mixed = (hash + 0x7f4a7c15) ^ value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** A fraction in [0, 1). */
export function fraction(seed: number, purpose: Purpose, a = 0, b = 0, c = 0): number {
  return draw(seed, purpose, a, b, c) / 0x1_0000_0000
}

/** True with the given probability; costs nothing at probability 0, which is what most faults of most seeds have. */
export function chance(probability: number, seed: number, purpose: Purpose, a = 0, b = 0, c = 0): boolean {
  return probability > 0 && fraction(seed, purpose, a, b, c) < probability
}

/** A number in [from, to). */
export function between(from: number, to: number, seed: number, purpose: Purpose, a = 0, b = 0, c = 0): number {
  return from + (to - from) * fraction(seed, purpose, a, b, c)
}

/** An integer in [0, count). */
export function below(count: number, seed: number, purpose: Purpose, a = 0, b = 0, c = 0): number {
  return Math.floor(fraction(seed, purpose, a, b, c) * count)
}

/** One of `choices`, which must not be empty. */
export function pick<T>(choices: readonly T[], seed: number, purpose: Purpose, a = 0, b = 0, c = 0): T {
  return choices[below(choices.length, seed, purpose, a, b, c)] as T
}
