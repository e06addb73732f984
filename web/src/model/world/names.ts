/** What people read in place of the numbers of registers and values. */

import { scriptedClientsFrom } from "oarlock/simulator"
import { operationId } from "oarlock/simulator/internal"

export interface Names {
  key(register: number): string
  /** Of the value that an operation wrote; 0 is no value. */
  value(id: number): string
}

const letters = "xyzw"

/** Registers are letters, and a value is the number of the request that wrote it. */
export const plainNames: Names = {
  // A story's first key is register 1.
  key: (register) => letters[Math.max(1, register) - 1] ?? `k${register}`,
  value: (id) => {
    if (id === 0) return "nothing"
    const client = Math.floor(id / operationId(1, 0))
    return client >= scriptedClientsFrom ? String(client - scriptedClientsFrom + 1) : `c${client}.${id % operationId(1, 0)}`
  },
}
