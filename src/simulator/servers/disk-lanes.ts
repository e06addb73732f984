/**
 * A node's disk at work: requests of one lane one after the other, the lanes beside each other, each request with a latency and a fate of
 * its own. A crash leaves the request under way half done, at an operation that the seed chooses, and of the log's batches several: the
 * later ones are written while the first is being synced.
 */

import type { DiskCompletion, DiskLane, DiskOperation, DiskRequest } from "../../storage/index.ts"
import type { PowerLoss } from "../disk/disk.ts"
import { below, between, chance, fraction, purposes } from "../ground/randomness.ts"
import type { DiskOptions } from "../state/options.ts"
import type { LaneState, SimulatedNode } from "../state/simulated-node.ts"

/** Takes a request in; true if nothing of its lane was under way, so that it starts now. */
export function enqueue(node: SimulatedNode, request: DiskRequest): boolean {
  const lane = node.lanes[request.lane]
  setLane(node, request.lane, { requests: [...lane.requests, request], startedAt: lane.startedAt, refused: lane.refused })
  return lane.requests.length === 0
}

function setLane(node: SimulatedNode, lane: DiskLane, state: LaneState): void {
  const { log, snapshot } = node.lanes
  node.lanes = lane === "log" ? { log: state, snapshot } : { log, snapshot: state }
}

/** Starts the first request of a lane and returns how many milliseconds it will take. */
export function start(node: SimulatedNode, lane: DiskLane, options: DiskOptions, seed: number, now: number): number {
  const { requests, refused } = node.lanes[lane]
  setLane(node, lane, { requests, startedAt: now, refused })
  node.diskRequests += 1
  const number = node.diskRequests
  const syncs = requests[0]!.operations.some((operation) => operation.kind === "sync" || operation.kind === "syncDirectory")
  let latencyMs = between(options.latencyMinMs, options.latencyMaxMs, seed, purposes.diskLatency, node.id, number)
  if (!syncs) latencyMs /= 10
  if (chance(options.stallRate, seed, purposes.diskStall, node.id, number)) {
    latencyMs += between(0, options.stallMs, seed, purposes.diskStallLength, node.id, number)
  }
  if (now < node.diskSlowUntil) latencyMs += node.diskSlowMs
  return latencyMs
}

/** Performs the request that is under way and takes it off its lane. */
export function finish(node: SimulatedNode, lane: DiskLane, options: DiskOptions, seed: number, now: number): DiskCompletion {
  const { requests, startedAt, refused } = node.lanes[lane]
  const request = requests[0]!
  const left = { requests: requests.slice(1), startedAt: now, refused: Math.max(0, refused - 1) }
  setLane(node, lane, left)
  if (refused > 0) return outOfRoom(request, 0)
  let data: Uint8Array | null = null
  for (let position = 0; position < request.operations.length; position++) {
    const operation = request.operations[position]!
    if (operation.kind === "write" && now < node.diskFullUntil) {
      // A write that finds no room may have found some: part of it is there.
      perform(node, { ...operation, data: operation.data.slice(0, position % 2) })
      // In the log no write may leave a hole where one before it failed.
      if (lane === "log") setLane(node, lane, { ...left, refused: left.requests.length })
      return outOfRoom(request, position)
    }
    if (fails(node, operation, options, seed, position)) {
      if (operation.kind === "write") perform(node, { ...operation, data: operation.data.slice(0, position % 2) })
      node.nextFailure = null
      node.diskFailed = true
      const message = `input/output error of a ${operation.kind} (simulated)`
      return { id: request.id, ok: false, code: "failed", operation: position, message }
    }
    const lies = operation.kind === "sync" && chance(options.lieRate, seed, purposes.diskLies, node.id, node.diskRequests, position)
    if (!lies) data = perform(node, operation, lane, seed) ?? data
  }
  return { id: request.id, ok: true, data, durationMs: now - startedAt }
}

function fails(node: SimulatedNode, { kind }: DiskOperation, options: DiskOptions, seed: number, position: number): boolean {
  if (kind !== "sync" && kind !== "write" && kind !== "read") return false
  if (node.nextFailure === kind) return true
  return kind === "sync"
    ? chance(options.syncFailRate, seed, purposes.diskSyncFails, node.id, node.diskRequests, position)
    : chance(options.errorRate, seed, purposes.diskError, node.id, node.diskRequests, position)
}

/** One operation, on the disk as it is and as it would be. */
function perform(node: SimulatedNode, operation: DiskOperation, lane?: DiskLane, seed = 0): Uint8Array | null {
  if (operation.kind === "write" && lane !== undefined && node.misdirects === lane) {
    const lengthBytes = operation.data.reduce((sum, piece) => sum + piece.length, 0)
    const roll = fraction(seed, purposes.misdirected, node.id, node.diskRequests)
    const place = node.disk.placeToMisdirect(operation.file, operation.offset, lengthBytes, roll)
    if (place !== null) {
      node.misdirects = null
      node.pristine ??= node.disk.clone()
      node.pristine.perform(operation)
      return node.disk.perform({ ...operation, offset: place })
    }
  }
  node.pristine?.perform(operation)
  return node.disk.perform(operation)
}

/** Some of the operations that were under way were done before the node died; then, if power was lost, what they did may be lost again. */
export function crashDisk(node: SimulatedNode, powerLoss: boolean, now: number, seed: number): PowerLoss | null {
  for (const [position, lane] of (["log", "snapshot"] as const).entries()) {
    const { requests, refused } = node.lanes[lane]
    for (const [i, request] of requests.slice(refused).entries()) {
      const { operations } = request
      const done = below(operations.length + 1, seed, purposes.crashedOperations, node.id, node.life, position + 2 * i)
      if (!performSome(node, operations.slice(0, done), now)) break
      // Only what follows a batch that is written may have been at work already.
      if (lane === "snapshot" || done === 0 || operations[0]!.kind !== "write" || operations.length !== 2) break
    }
  }
  if (!powerLoss) return null
  node.pristine?.losePower(seed, node.id, node.life)
  return node.disk.losePower(seed, node.id, node.life)
}

/** False if there was no room for one of them. */
function performSome(node: SimulatedNode, operations: readonly DiskOperation[], now: number): boolean {
  for (const operation of operations) {
    if (now < node.diskFullUntil && operation.kind === "write") return false
    if (operation.kind !== "read") perform(node, operation)
  }
  return true
}

function outOfRoom(request: DiskRequest, operation: number): DiskCompletion {
  return { id: request.id, ok: false, code: "full", operation, message: "no space left on device (simulated)" }
}
