/** The options that calls of a node and of a client have in common. */

import type { LogIndex } from "../core/index.ts"
import type { ReadConsistency } from "../wire/client/index.ts"

/** What every call takes. */
export interface CallOptions {
  /**
   * How long the call may take, all attempts included, in milliseconds; then it fails with the code `timeout`. If left out: `callTimeoutMs` at a
   * node, 30,000 in its sessions; at a client the `timeoutMs` or `administrationTimeoutMs` that it was made with.
   */
  readonly timeoutMs?: number
}

/** What every read takes. */
export interface ReadOptions extends CallOptions {
  /** How new the answer has to be. If left out: `linearizable` at a node; at a client the `consistency` that it was made with. */
  readonly consistency?: ReadConsistency
}

/** What a membership change takes. */
export interface ChangeOptions extends CallOptions {
  /** The index of the configuration that the change was made for: refused with `staleConfiguration` if another configuration is in force by now. */
  readonly version?: LogIndex
}
