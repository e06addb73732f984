// Whatever a shell passes on by mistake, a replica refuses in words: it does not halt, on a leader or on a follower, and nothing gets into the log.

import { describe, expect, test } from "vitest"
import type { MembershipChange, NodeId } from "../../src/core/index.ts"
import type { Outcome, ReadConsistency, ReplicaEvent, SessionToken } from "../../src/replica/index.ts"
import { memberOf, TestCluster } from "../replica/cluster.ts"
import { hostileBut, hostileValues } from "./hostile-values.ts"

interface Stand {
  readonly cluster: TestCluster
  readonly servers: readonly NodeId[]
}

function stand(): Stand {
  const cluster = new TestCluster([1, 2, 3])
  const leader = cluster.untilLeader()
  cluster.run(500)
  const follower = cluster.running.find(({ id }) => id !== leader)!.id
  return { cluster, servers: [leader, follower] }
}

/** Asks both kinds of servers, and sees to it that nothing but a refusal comes of it. */
function refusedEverywhere({ cluster, servers }: Stand, make: (id: number) => ReplicaEvent, words: RegExp, what: string): void {
  for (const server of servers) {
    const before = cluster.replica(server).status()
    const id = cluster.ask(server, make)
    const outcome: Outcome | undefined = cluster.outcomes.get(id)
    expect(outcome, what).toMatchObject({ kind: "rejected" })
    const isLeader = server === servers[0]
    if (isLeader) expect((outcome as { message: string }).message, what).toMatch(words)
    const after = cluster.replica(server).status()
    expect(after.halted, what).toBe(null)
    expect(after.lastLogIndex, what).toBe(before.lastLogIndex)
  }
}

describe("a replica refuses", () => {
  test("commands that are no bytes", () => {
    const place = stand()
    for (const { name, value } of hostileValues) {
      const make = (id: number): ReplicaEvent => ({ kind: "propose", proposals: [{ id, command: value as Uint8Array, session: null }] })
      refusedEverywhere(place, make, /^the command is .*; it must be a Uint8Array$/, name)
    }
  })

  test("sessions that are none", () => {
    const place = stand()
    for (const { name, value } of hostileBut("null")) {
      const session = value as SessionToken
      const make = (id: number): ReplicaEvent => ({ kind: "propose", proposals: [{ id, command: new Uint8Array(1), session }] })
      refusedEverywhere(place, make, /session/, name)
    }
  })

  test("membership changes that lack something, and addresses that are none", () => {
    const place = stand()
    const member = memberOf(4)
    const { name: _, ...nameless } = member
    const changes: readonly [unknown, RegExp][] = [
      ...hostileValues.map(({ value }) => [value, /^changes/] as [unknown, RegExp]),
      ...hostileValues.map(({ value }) => [[value], /^changes/] as [unknown, RegExp]),
      ...hostileValues.map(({ value }) => [[{ kind: "addVoter", member: value }], /^changes\[0\]\.member/] as [unknown, RegExp]),
      ...hostileValues.map(({ value }) => [[{ kind: "remove", id: value }], /^changes\[0\]\.id/] as [unknown, RegExp]),
      ...hostileBut("an empty text", "a text", "half a surrogate pair").map(
        ({ value }) => [[{ kind: "addVoter", member: { ...member, name: value } }], /^changes\[0\]\.member\.name/] as [unknown, RegExp],
      ),
      [[{ kind: "addVoter", member: nameless }], /^changes\[0\]\.member\.name: is missing$/],
      [
        [{ kind: "addVoter", member: { ...member, peerAddress: "nonsense" } }],
        /^changes\[0\]\.member\.peerAddress: found "nonsense", expected host:port/,
      ],
      [
        [{ kind: "addVoter", member: { ...member, peerAddress: "h4:0" } }],
        /peerAddress: found "h4:0", expected host:port with a port from 1/,
      ],
      [[{ kind: "addVoter", member: { ...member, clientAddress: "h4" } }], /clientAddress: found "h4", expected host:port/],
      [[{ kind: "addVoter", member: { ...member, adress: "h4:1" } }], /member\.adress: is no name that is known here/],
      [[{ kind: "update", member: { ...memberOf(2), peerAddress: "" } }], /peerAddress: found "", expected host:port/],
      [[{ kind: "expel", id: 2 }], /^changes\[0\]\.kind: found "expel", expected one of addLearner/],
    ]
    for (const [given, words] of changes) {
      const make = (id: number): ReplicaEvent => ({
        kind: "changeMembership",
        id,
        changes: given as readonly MembershipChange[],
        version: null,
      })
      refusedEverywhere(place, make, words, words.source)
    }
  })

  test("versions of configurations and successors that are no numbers", () => {
    const place = stand()
    for (const { name, value } of hostileBut("null", "-1")) {
      const changes: readonly MembershipChange[] = [{ kind: "addLearner", member: memberOf(4) }]
      refusedEverywhere(place, (id) => ({ kind: "changeMembership", id, changes, version: value as number }), /version|made for/, name)
      refusedEverywhere(place, (id) => ({ kind: "transferLeadership", id, to: value as number }), /node/, name)
    }
  })

  test("reads that ask for what there is not", () => {
    const { cluster, servers } = stand()
    for (const server of servers) {
      for (const { name, value } of hostileValues) {
        const reads = [
          { query: "x", consistency: value as ReadConsistency, minimumIndex: 0 },
          { query: "x", consistency: "stale" as const, minimumIndex: value as number },
        ]
        for (const read of reads) {
          const id = cluster.ask(server, (one) => ({ kind: "read", reads: [{ id: one, ...read }] }))
          expect(cluster.reads.get(id), name).toMatchObject({ kind: "rejected", reason: "invalidChange" })
        }
      }
      expect(cluster.replica(server).status().halted).toBe(null)
    }
  })

  test("and a moment that is no number is taken as the latest one known", () => {
    const { cluster, servers } = stand()
    const replica = cluster.replica(servers[0]!)
    for (const now of [Number.NaN, Number.NEGATIVE_INFINITY, undefined as unknown as number]) replica.step(now, [{ kind: "wake" }])
    expect(Number.isFinite(replica.deadline)).toBe(true)
    cluster.propose(servers[0]!, "add x 1")
    cluster.untilEqual()
  })
})
