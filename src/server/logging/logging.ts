/**
 * Structured logs (pino): one JSON object a line for machines, or a short line for people on a terminal.
 *
 * Logs are for operators and go to standard error, so that whatever a command prints stays clean on standard output.
 */

import pino from "pino"
import type { ServerLogLevel } from "../configuration/config.ts"
import type { LogStream } from "./log-stream.ts"

export type Logger = pino.Logger

export interface LoggingOptions {
  readonly level: ServerLogLevel
  /** Null: pretty on a terminal, JSON elsewhere. */
  readonly format: "pretty" | "json" | null
  /** Stands in every line. */
  readonly node: string
}

/** `isTerminal` says whether people read what `target` writes. */
export function createLogger(options: LoggingOptions, target: Pick<LogStream, "write">, isTerminal: boolean): Logger {
  const pretty = (options.format ?? (isTerminal ? "pretty" : "json")) === "pretty"
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { node: options.node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }
  if (!pretty) return pino(settings, target)
  return pino(settings, { write: (line: string) => target.write(prettyLine(line)) })
}

/**
 * `12:34:56.789 info  text (key value, …)`; a line that is not pino's is passed on as it is. Which node it is, and which kind of observation,
 * the text says already.
 */
export function prettyLine(line: string): string {
  let record: Record<string, unknown>
  try {
    record = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const { level, time, node: _node, observation: _observation, msg, ...others } = record
  const details = Object.entries(others).map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`)
  const clock = typeof time === "string" ? time.slice(11, 23) : ""
  const text = typeof msg === "string" ? msg : ""
  return `${clock} ${String(level).padEnd(5)} ${text}${details.length > 0 ? ` (${details.join(", ")})` : ""}\n`
}
