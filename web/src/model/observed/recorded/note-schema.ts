/** What a note, and all that a model knows, have to look like in a file. */

import { type ClusterState, eventsKeptMax, type Heard, type SightState } from "../cluster.ts"
import type { FsyncFigures, Note, ToldEvent } from "../note.ts"
import { type Mark, marksMax } from "../ribbon.ts"
import { byKind, count, list, moment, nullable, number, object, oneOf, pair, type Schema, text } from "./schema.ts"
import { membersMax, statusSchema } from "./status-schema.ts"

/** Events of one batch: a node keeps fewer. */
const batchEventsMax = 10_000
/** Terms with a leader, as the model remembers them: those that broke a rule come on top. */
const leadersMax = 10_000

type ByKind<T extends { readonly kind: string }, K> = Extract<T, { readonly kind: K }>
type Observed = ToldEvent["observation"]
const kind = <K extends string>(name: K): Schema<K> => oneOf(name)

const observation: Schema<Observed> = byKind<Observed>(
  {
    becameFollower: object<ByKind<Observed, "becameFollower">>({
      kind: kind("becameFollower"),
      term: count,
      leader: nullable(count),
      because: text,
    }),
    becamePreCandidate: object<ByKind<Observed, "becamePreCandidate">>({ kind: kind("becamePreCandidate"), term: count, because: text }),
    becameCandidate: object<ByKind<Observed, "becameCandidate">>({ kind: kind("becameCandidate"), term: count, because: text }),
    becameLeader: object<ByKind<Observed, "becameLeader">>({ kind: kind("becameLeader"), term: count, votes: list(count, leadersMax) }),
  },
  () => ({ kind: "other" }),
)

const event = object<ToldEvent>({ id: count, node: count, name: text, utcMs: moment, text, observation })

/** What no bucket is wide enough for is no number in JSON. */
const milliseconds: Schema<number> = (value, path) => (value === null || value === Infinity ? Infinity : number(value, path))
const figures = object<FsyncFigures>({ at: moment, count, p50Ms: milliseconds, p99Ms: milliseconds })
const feed = oneOf("connecting", "open", "lost")

const about = { at: moment, address: text }

export const noteSchema: Schema<Note> = byKind<Note>({
  status: object<ByKind<Note, "status">>({ kind: kind("status"), ...about, roundTripMs: number, status: statusSchema }),
  failure: object<ByKind<Note, "failure">>({ kind: kind("failure"), ...about, because: text }),
  events: object<ByKind<Note, "events">>({ kind: kind("events"), ...about, events: list(event, batchEventsMax) }),
  skipped: object<ByKind<Note, "skipped">>({ kind: kind("skipped"), ...about, count }),
  fsync: object<ByKind<Note, "fsync">>({ kind: kind("fsync"), ...about, figures }),
  feed: object<ByKind<Note, "feed">>({ kind: kind("feed"), ...about, feed }),
})

const mark = object<Mark>({ at: number, role: oneOf("follower", "preCandidate", "candidate", "leader", "away"), term: count })

const sight = object<SightState>({
  address: text,
  status: nullable(statusSchema),
  answeredAt: nullable(moment),
  roundTripMs: nullable(number),
  failure: nullable(object<{ readonly since: number; readonly because: string }>({ since: moment, because: text })),
  stranger: nullable(text),
  clockAheadMs: number,
  feed,
  skipped: count,
  fsync: nullable(figures),
  marks: list(mark, marksMax),
  held: list(event, eventsKeptMax),
})

export const stateSchema: Schema<ClusterState> = object<ClusterState>({
  clusterId: nullable(text),
  ledAt: moment,
  sights: list(sight, membersMax),
  events: list(object<Heard>({ address: text, event, at: number }), eventsKeptMax),
  leaders: list(pair(count, list(count, leadersMax)), leadersMax),
})
