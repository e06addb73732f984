/** Where a node says what it does: one function, so that any logger fits. Pino: `(level, message, fields) => logger[level](fields, message)`. */

export type LogLevel = "debug" | "info" | "warn" | "error"

/** `message` is a whole sentence for people; `fields` carries the same facts for machines. Must not throw. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void

export const silentLog: Log = () => {}
