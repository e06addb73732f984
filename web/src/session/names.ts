/** The names that people see: registers are letters, and a value is the number of the request that wrote it. */

import { operationId, scriptedClientsFrom } from "oarlock/simulator"

const letters = "xyzw"

export function registerName(register: number): string {
  return letters[register] ?? `k${register}`
}

/** The value that the request of the n-th client leaves behind is `n`. */
export function valueName(value: number): string {
  if (value === 0) return "nothing"
  const client = Math.floor(value / operationId(1, 0))
  return client >= scriptedClientsFrom ? String(client - scriptedClientsFrom + 1) : `c${client}.${value % operationId(1, 0)}`
}
