/** The door to `inspect-wal.ts`, loaded only when somebody looks into a log (see `start-server.ts`). */

export type { InspectionRow, Verdict } from "./inspect-wal.ts"

export function loadWalTools(): Promise<typeof import("./inspect-wal.ts")> {
  return import("./inspect-wal.ts")
}
