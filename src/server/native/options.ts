/** The named limits of a native connection. `docs/limits.md` lists them. */

import { defaultKvLimits, type KvLimits } from "../../kv/index.ts"

export interface NativeOptions {
  /** Requests without an answer, per connection. At this number the server reads no further until some are answered. */
  readonly inflightRequestsMax: number
  /** Bytes of those requests. One more request is let in below it, so a single one may be larger. */
  readonly inflightBytesMax: number
  /** Bytes of answers that the client has not taken yet. Above it the server reads no further, and reads are answered `overloaded`. */
  readonly unsentBytesMax: number
  /** What the store may be asked: bytes of one request, from its operation's number on (wrappers included), and operations of one transaction. */
  readonly store: KvLimits
  /** Subscriptions per connection. */
  readonly subscriptionsMax: number
  /** How long a connection that broke the protocol may take to read why, in milliseconds. */
  readonly lastWordsMs: number
  /** How long requests of a client that has closed its side may still take, in milliseconds: nobody can tell whether it still listens. */
  readonly halfClosedMs: number
  /** The software's version, told by `hello`. */
  readonly softwareVersion: string
}

export const defaultNativeOptions: NativeOptions = {
  inflightRequestsMax: 4096,
  inflightBytesMax: 32 << 20,
  unsentBytesMax: 32 << 20,
  store: defaultKvLimits,
  subscriptionsMax: 16,
  lastWordsMs: 1000,
  halfClosedMs: 10_000,
  softwareVersion: "",
}
