/** The named limits of a native connection, and of all of them together. `docs/limits.md` lists them. */

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
  /** Requests without an answer of all connections together; each may have as many as are left. One with none may always have one. */
  readonly allInflightRequestsMax: number
  /** Bytes of those, and of longer requests that have begun to arrive, by the same rule. */
  readonly allInflightBytesMax: number
  /** Bytes of answers that have not been taken, of all connections together, by the same rule. */
  readonly allUnsentBytesMax: number
  /** How long a request may take from its first byte to its last, in milliseconds. */
  readonly requestArrivalMs: number
  /** How long a connection with unsent answers may take none of them, in milliseconds. */
  readonly untakenMs: number
  /** The same while answers that nobody takes fill half of `allUnsentBytesMax`: then those that hold most are closed first. */
  readonly untakenPressedMs: number
  /** A connection on which nothing has been asked for so long may be closed to make room for a new one, in milliseconds. */
  readonly sparedIdleMs: number
  /** How often connections are looked at for these, in milliseconds. */
  readonly sweepMs: number
  /** How long a connection that broke the protocol may take to read why, in milliseconds. */
  readonly lastWordsMs: number
  /** How long requests of a client that has closed its side may still take, in milliseconds: nobody can tell whether it still listens. */
  readonly halfClosedMs: number
  /** The software's version, told by `hello`. */
  readonly softwareVersion: string
  /** Told of a connection that was closed because its client took too long, in words. */
  readonly onGivenUp: (because: string) => void
}

export const defaultNativeOptions: NativeOptions = {
  inflightRequestsMax: 4096,
  inflightBytesMax: 32 << 20,
  unsentBytesMax: 32 << 20,
  store: defaultKvLimits,
  allInflightRequestsMax: 65_536,
  allInflightBytesMax: 64 << 20,
  allUnsentBytesMax: 128 << 20,
  requestArrivalMs: 30_000,
  untakenMs: 30_000,
  untakenPressedMs: 3_000,
  sparedIdleMs: 10_000,
  sweepMs: 500,
  subscriptionsMax: 16,
  lastWordsMs: 1000,
  halfClosedMs: 10_000,
  softwareVersion: "",
  onGivenUp: () => {},
}
