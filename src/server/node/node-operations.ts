/**
 * What an operator may have a node do, as the HTTP side sees it: a narrow face like `served-node.ts`, and an embedded node behind it.
 *
 * Everything resolves, or rejects with the node's `OarlockError`, which says whether it certainly was not done or may have been. A store that
 * refuses answers so; nothing of that reached the log.
 */

import type { LogIndex, MembershipChange, NodeId } from "../../core/index.ts"
import { checkKvRequest, type KvLimits } from "../../kv/index.ts"
import type { OarlockNode } from "../../node/index.ts"
import {
  decodeKvResponse,
  deleteRangeRequest,
  encodeKvCommand,
  encodeKvQuery,
  type KvAnswer,
  type KvCommand,
  type KvResult,
  putRequest,
  type RangeRequest,
} from "../../wire/kv/index.ts"
import { type ListedEntry, listedEntry } from "./listed-entries.ts"

export interface NodeOperations {
  put(key: Uint8Array, value: Uint8Array): Promise<KvResult>
  delete(key: Uint8Array): Promise<KvResult>
  /** Linearizable. */
  range(request: RangeRequest): Promise<KvAnswer>
  /** The end of this node's own log. */
  latestEntries(countMax: number): readonly ListedEntry[]
  changeMembership(changes: readonly MembershipChange[], version: LogIndex): Promise<void>
  transferLeadership(to: NodeId | null): Promise<void>
  /** The index that the snapshot covers. */
  takeSnapshot(): Promise<LogIndex>
}

/** How long one of these may take, in milliseconds. */
export const operationTimeoutMs = 5000

export function operateEmbeddedNode(node: OarlockNode, limits: KvLimits): NodeOperations {
  const options = { timeoutMs: operationTimeoutMs }
  const command = async (request: KvCommand): Promise<KvResult> => {
    const bytes = encodeKvCommand(request)
    const refusal = checkKvRequest(bytes, limits)
    if (refusal !== null) return refusal
    const { result } = await node.propose(bytes, options)
    return decodeKvResponse(request.kind, result)
  }
  return {
    put: (key, value) => command(putRequest(key, value)),
    delete: (key) => command(deleteRangeRequest(key)),
    async range(request) {
      const refusal = checkKvRequest(encodeKvQuery(request), limits)
      if (refusal !== null) return refusal
      return (await node.read(request, { consistency: "linearizable", ...options })).answer as KvAnswer
    },
    latestEntries: (countMax) => node.engine.latestEntries(countMax).map(listedEntry),
    changeMembership: async (changes, version) => {
      await node.changeMembership(changes, { version, ...options })
    },
    transferLeadership: (to) => node.transferLeadership(to, options),
    takeSnapshot: async () => (await node.snapshot(options)).index,
  }
}
