/** What the views are drawn from: a cluster that is asked at this moment, or one that was, out of a capture. Facts alone: nothing can be done with them. */

import type { ReadonlySignal, Signal } from "@preact/signals"
import type { Cluster } from "./cluster.ts"
import type { DevStatus } from "./dev-status.ts"
import type { Picture } from "./picture.ts"

export interface Facts {
  /** Changes without a signal: code that reads it reads `picture` too, which signals. */
  readonly cluster: Cluster
  readonly picture: ReadonlySignal<Picture>
  /** Null where no supervisor speaks to this page. */
  readonly dev: ReadonlySignal<DevStatus | null>
  /** The node that somebody points at. */
  readonly selected: Signal<number | null>
}
