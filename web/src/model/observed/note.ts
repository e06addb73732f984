/** Everything that a page can come to know of a cluster: what it asked and heard, when. The model is made of nothing else, so a capture of these makes it again. */

import type { ClusterStatus, NodeEvent } from "oarlock/server"

/** Of what a node observed only changes of role mean anything to the model; of the rest people read the node's own sentence. */
export interface ToldEvent extends Omit<NodeEvent, "observation"> {
  readonly observation: NodeEvent["observation"] | { readonly kind: "other" }
}

export interface FsyncFigures {
  readonly at: number
  readonly count: number
  /** Upper ends of the histogram's buckets, in milliseconds; Infinity above the last. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export type Feed = "connecting" | "open" | "lost"

/** Of the node at `address`, and from the moment `at` on the page's own clock. */
interface About {
  readonly at: number
  readonly address: string
}

export type Note =
  | (About & { readonly kind: "status"; readonly roundTripMs: number; readonly status: ClusterStatus })
  | (About & { readonly kind: "failure"; readonly because: string })
  | (About & { readonly kind: "events"; readonly events: readonly ToldEvent[] })
  /** Events that nobody can show any more. */
  | (About & { readonly kind: "skipped"; readonly count: number })
  | (About & { readonly kind: "fsync"; readonly figures: FsyncFigures })
  | (About & { readonly kind: "feed"; readonly feed: Feed })
