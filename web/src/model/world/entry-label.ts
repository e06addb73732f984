/** A log entry in a cell of the log table: `x=3`, `no-op`, `config`. */

import type { Entry } from "oarlock/core"
import { commandOf, EnvelopeType, typeOf } from "oarlock/replica"
import { keyValueWorkload, registerWorkload, type WorldOptions } from "oarlock/simulator"
import { plainNames, type Names } from "./names.ts"

const workloads = { registers: registerWorkload, keyValue: keyValueWorkload }

export function labelOfEntry(entry: Entry, workload: WorldOptions["workload"], names: Names = plainNames): string {
  if (entry.kind === "noop") return "no-op"
  if (entry.kind === "configuration") return "config"
  const type = typeOf(entry.data)
  if (type === EnvelopeType.openSession) return "session"
  if (type !== EnvelopeType.command && type !== EnvelopeType.sessionCommand) return "command"
  const described = workloads[workload].describe?.(commandOf(entry.data)) ?? null
  if (described === null) return "command"
  const { kind, register, operationId } = described
  const key = names.key(register)
  return kind === "delete" ? `del ${key}` : `${key}=${names.value(operationId)}`
}
