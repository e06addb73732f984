/** The names that people see: registers are letters, and a value is the number of the request that wrote it. */

import { operationId, scriptedClientsFrom } from "oarlock/simulator"

const letters = "xyzw"

/** A story's first key is register 1, and it is called x nearly always. */
export function registerName(register: number): string {
  return letters[Math.max(1, register) - 1] ?? `k${register}`
}

/** The value that the request of the n-th client leaves behind is `n`. */
export function valueName(value: number): string {
  if (value === 0) return "nothing"
  const client = Math.floor(value / operationId(1, 0))
  return client >= scriptedClientsFrom ? String(client - scriptedClientsFrom + 1) : `c${client}.${value % operationId(1, 0)}`
}
