/** An embedded node as the HTTP side sees it (`served-node.ts`). */

import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { KeyValueMachine } from "../../kv/index.ts"
import type { OarlockNode } from "../../node/index.ts"
import type { Observation } from "../../replica/index.ts"
import type { ClusterTimings } from "../http/cluster-status.ts"
import type { LinkControl, ServedNode } from "./served-node.ts"

export interface EmbeddedNodeOptions {
  readonly node: OarlockNode
  readonly machine: KeyValueMachine
  readonly name: string
  readonly clientAddress: string
  readonly dataDir: string
  readonly timings: ClusterTimings
  /** Whether faults may be made here on purpose. */
  readonly allowChaos: boolean
}

/** What a health check reads: any key does, and none is needed. */
const probe = { kind: "get", key: new TextEncoder().encode("health") } as const

export function serveEmbeddedNode(options: EmbeddedNodeOptions): ServedNode {
  const { node, machine, name, clientAddress, dataDir, timings } = options
  return {
    clusterId: node.clusterId,
    name,
    clientAddress,
    timings,
    status: () => node.engine.status(),
    now: () => node.now(),
    confirm: async (timeoutMs) => {
      await node.read(probe, { consistency: "linearizable", timeoutMs })
    },
    store() {
      const { revision, compactRevision, keys } = machine.statistics()
      return { revision, compactedRevision: Math.max(0, compactRevision), keys }
    },
    peers: () => node.engine.peers(),
    loop: () => node.engine.loopFigures(),
    diskBytes: () => folderBytes(dataDir),
    onObservation(listener: (observation: Observation) => void) {
      node.events.on("observation", listener)
      return () => {
        node.events.off("observation", listener)
      }
    },
    links: options.allowChaos ? linkControl(node) : null,
  }
}

function linkControl(node: OarlockNode): LinkControl {
  return {
    cut: (peer, direction) => node.setBlocked(peer, direction, true),
    heal(peer) {
      const cut = node.engine.blocked().map((link) => link.peer)
      for (const id of peer === null ? cut : [peer]) node.setBlocked(id, "both", false)
    },
    list: () => node.engine.blocked(),
  }
}

/** Apparent sizes of the files; those that vanish meanwhile count nothing. */
function folderBytes(folder: string): number {
  let bytes = 0
  for (const name of readdirSync(folder)) bytes += lstatSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0
  return bytes
}
