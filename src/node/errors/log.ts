/** A node's log: one function, so that any logger fits. Pino: `(level, message, fields) => logger[level](fields, message)`. */

export type LogLevel = "debug" | "info" | "warn" | "error"

/** `message` is a whole sentence for people; `fields` carries the same facts for machines. Must not throw. */
export type NodeLog = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void

/** The log of a node that is opened without one: errors become warnings of the process, the rest is dropped. */
export const processLog: NodeLog = (level, message, fields) => {
  if (level === "error") warnProcess(message, Array.isArray(fields?.["stack"]) ? fields["stack"].join("\n") : undefined)
}

/** A warning of the process, which Node prints on standard error, unless `--no-warnings` is given. */
export function warnProcess(message: string, detail?: string): void {
  process.emitWarning(message, { type: "OarlockWarning", ...(detail === undefined ? {} : { detail }) })
}
