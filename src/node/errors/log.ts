/** Where a node says what it does: one function, so that any logger fits. Pino: `(level, message, fields) => logger[level](fields, message)`. */

export type LogLevel = "debug" | "info" | "warn" | "error"

/** `message` is a whole sentence for people; `fields` carries the same facts for machines. Must not throw. */
export type NodeLog = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void

/** Where no log is given: errors become warnings of the process, and the rest is not told. */
export const processLog: NodeLog = (level, message, fields) => {
  if (level === "error") warnProcess(message, Array.isArray(fields?.["stack"]) ? fields["stack"].join("\n") : undefined)
}

/** Node prints it on standard error, unless it is told otherwise (`--no-warnings`, `process.on("warning")`). */
export function warnProcess(message: string, detail?: string): void {
  process.emitWarning(message, { type: "OarlockWarning", ...(detail === undefined ? {} : { detail }) })
}
