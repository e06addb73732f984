/** What a node under `oarlock dev` tells its supervisor, over Node's IPC channel. */

import type { ClusterStatus } from "../../server/index.ts"
import type { Observation } from "../../server/index.ts"

export type ChildMessage =
  /** It serves clients now. */
  | { readonly kind: "ready"; readonly configuration: ClusterStatus["configuration"] }
  | { readonly kind: "observation"; readonly observation: Observation }
  /** It cannot start, or has to stop: a sentence for the terminal. */
  | { readonly kind: "failed"; readonly message: string }

/** Set in the environment of such a node: the run's token, for `/chaos/…` and `/operator/…`, and the sign that it is supervised. */
export const devTokenVariable = "OARLOCK_DEV_TOKEN"

export function isChildMessage(value: unknown): value is ChildMessage {
  return typeof value === "object" && value !== null && typeof (value as { kind?: unknown }).kind === "string"
}
