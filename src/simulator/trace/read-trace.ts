/**
 * A trace from outside. Everything that can be known to be wrong before the run begins is said here, with its place; what only the run can show
 * (an edit that still makes sense) shows in a replay, which does not end where the file says.
 */

import { foreignOptions, integer, list, Misfit, nullable, oneOf, optional, record, show, text, type Reader } from "../../arguments/index.ts"
import type { Violation } from "../checkers/index.ts"
import { readingTrace } from "../ground/trace-error.ts"
import { readAction, requireServers } from "../state/read-action.ts"
import { seedMax, worldOptions } from "../state/read-options.ts"
import { traceFormatVersion, type Trace, type TraceAction, type TraceEnd } from "./trace.ts"

const version: Reader<typeof traceFormatVersion> = (value, path) => {
  if (value === traceFormatVersion) return value
  throw new Misfit(path, `this is a trace of format ${show(value)}; this version of Oarlock reads format ${traceFormatVersion}`)
}

const trace = record<Trace>({
  formatVersion: version,
  coreVersion: text,
  build: text,
  config: worldOptions,
  seed: integer(0, seedMax),
  actions: list(record<TraceAction>({ step: integer(0), op: readAction })),
  mode: oneOf("swarm", "script"),
  end: record<TraceEnd>({
    step: integer(0),
    hash: integer(0, 0xffff_ffff),
    violation: nullable(record<Violation>({ checker: text, reason: text })),
  }),
  explanation: optional(list(text)),
})

/** Reads a trace file's text. Throws a `TraceError`: no JSON, another version, an unknown or impossible value, a contradiction. */
export function readTrace(source: string): Trace {
  return readingTrace(() => traceOf(parse(text(source, "")), ""))
}

/** A whole trace that makes sense. */
export const traceOf: Reader<Trace> = (value, place) => {
  // First of all: in another format, everything else may mean something else.
  const { formatVersion } = foreignOptions<{ readonly formatVersion?: unknown }>("an object")(value, place)
  if (formatVersion === undefined) throw new Misfit("formatVersion", "is missing: this is no trace of Oarlock")
  version(formatVersion, "formatVersion")
  const read = trace(value, place)
  const { config, seed, actions, end } = read
  if (seed !== config.seed) throw new Misfit("seed", `is ${seed}, but config.seed is ${config.seed}: one of them was edited`)
  let previous = 0
  for (const [position, { step, op }] of actions.entries()) {
    const path = `actions[${position}]`
    if (step < previous) throw new Misfit(`${path}.step`, `is ${step}, but the action before it happened at step ${previous}`)
    if (step > end.step) throw new Misfit(`${path}.step`, `is ${step}, but the run ends at step ${end.step} (end.step)`)
    requireServers(op, config.nodes + config.spares, `${path}.op`)
    previous = step
  }
  return read
}

function parse(source: string): unknown {
  if (source.trim() === "") throw new Misfit("", "the file is empty")
  try {
    return JSON.parse(source)
  } catch (error) {
    const { message } = error as Error
    const place = placeOf(message, source)
    if (isCutOff(message, source)) throw new Misfit("", `the file ends in the middle, ${place}: it was cut off`)
    throw new Misfit("", `this is not JSON, ${place}: ${message}`)
  }
}

/** Engines tell the place of a mistake by its offset, or, where the text just ends, not at all. */
function placeOf(message: string, source: string): string {
  const offset = /position (\d+)/.exec(message)
  const before = source.slice(0, offset === null ? source.length : Number(offset[1]))
  const lines = before.split("\n")
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`
}

function isCutOff(message: string, source: string): boolean {
  const offset = /position (\d+)/.exec(message)
  return offset === null ? /end of/i.test(message) : Number(offset[1]) >= source.trimEnd().length
}
