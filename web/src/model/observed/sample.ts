/** Nodes' answers for tests: three members, of which a test says what it wants to be otherwise. */

import type { ClusterStatus, NodeEvent } from "oarlock/server"

export function addressOf(id: number): string {
  return `127.0.0.1:${id}2379`
}

/** What node `id` says while node `leader` leads `term`. */
export function statusOf(id: number, leader: number | null, term: number, self: Partial<ClusterStatus["self"]> = {}): ClusterStatus {
  const ids = [1, 2, 3]
  const others = ids.filter((other) => other !== id)
  const members = ids.map((member) => ({
    id: member,
    name: `n${member}`,
    peerAddress: `127.0.0.1:${member}2380`,
    clientAddress: addressOf(member),
  }))
  return {
    format: 1,
    clusterId: "0123456789abcdef",
    softwareVersion: "0.0.0",
    self: {
      id,
      name: `n${id}`,
      role: id === leader ? "leader" : "follower",
      term,
      votedFor: leader,
      votesGranted: [],
      commitIndex: 10,
      lastApplied: 10,
      firstLogIndex: 1,
      lastLogIndex: 10,
      snapshotIndex: 0,
      snapshotBytes: 0,
      snapshotActivity: "idle",
      logBytes: 0,
      diskBytes: 0,
      disk: "ok",
      heartbeatAgeMs: 10,
      electionInMs: null,
      transferringTo: null,
      sessions: 0,
      pendingProposals: 0,
      pendingReads: 0,
      uptimeMs: 1000,
      utcMs: 0,
      pid: 1,
      halted: null,
      timings: { electionTimeoutMinMs: 150, electionTimeoutMaxMs: 300, heartbeatIntervalMs: 50 },
      identity: { life: 1, genesis: null, waitsFor: [], isRolledBack: false, isRemoved: false, rolledBackPeers: [], refusals: [] },
      ...self,
    },
    leaderId: leader,
    configuration: {
      index: 0,
      voters: ids,
      votersOutgoing: [],
      learners: [],
      promoting: [],
      learnersNext: [],
      members,
      highestId: 3,
    },
    members: members.map((member) => ({ ...member, standing: "voter" as const })),
    followers:
      id === leader
        ? others.map((other) => ({ id: other, matchIndex: 10, nextIndex: 11, state: "replicate" as const, lag: 0, contactAgeMs: 20 }))
        : null,
    store: { revision: 1, compactedRevision: 0, keys: 0 },
    logLines: { linesLost: 0, trouble: null },
    connections: others.map((other) => ({ id: other, connected: true, roundTripMs: 0.4, messagesDropped: 0, bufferedBytes: 0 })),
    cutLinks: null,
  }
}

export function eventOf(id: number, node: number, utcMs: number, observation: NodeEvent["observation"], text = "something"): NodeEvent {
  return { id, node, name: `n${node}`, utcMs, text, observation }
}
