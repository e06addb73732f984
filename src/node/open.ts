/**
 * Opens a node: folder, lock, recovery, listener, first step. If one of them fails, those before it are undone.
 */

import { randomBytes } from "node:crypto"
import { setImmediate as turnOfOthers } from "node:timers/promises"
import zlib from "node:zlib"
import type { NodeId } from "../core/index.ts"
import { MachineError, openReplica, type Replica, stackOf, type StateMachine } from "../replica/index.ts"
import { OarlockError } from "../requests/index.ts"
import { RecoveryError } from "../storage/index.ts"
import { installCrc32 } from "../wire/index.ts"
import { type DataFolder, hasData, openDataFolder } from "./disk/data-folder.ts"
import { fileDiskReader } from "./disk/file-disk-reader.ts"
import type { Engine } from "./engine.ts"
import { ListenerErrors } from "./errors/listener-errors.ts"
import { warnProcess } from "./errors/log.ts"
import { OarlockNode } from "./node.ts"
import { describeIgnored } from "./opening/ignored-options.ts"
import { type OpenOptions, type ResolvedOptions, resolveOptions } from "./opening/open-options.ts"
import { readOpenOptions } from "./opening/read-open-options.ts"
import { whenSoleVoterHasApplied } from "./opening/sole-voter.ts"
import { loadPeerTls, PeerTransport, type PeerTls } from "./peer-transport/index.ts"
import { MachineTimes, TimedMachine } from "./watching/machine-times.ts"

/**
 * Opens a node on `dataDir`: begins a new cluster, joins one, or restarts a member. Resolves once the state machine has applied every entry that is
 * known on disk to be committed, and the node listens; `node.leader()` waits for a leader. Rejects with `machineFailed` if the state machine throws
 * at one of those entries.
 *
 * Further entries at the end of the log may be committed although this disk does not show it. The only voter of a cluster finds that out by itself, and
 * `open` waits for it for a moment. With several voters a node learns it from the others, so the state machine may throw at such an entry after
 * `open` has resolved: the node then stops, with the same message (`node.closed`, the event `halted`, `status().halted`).
 *
 * Rejects with an `OarlockError`, and leaves nothing open: see its codes.
 */
export async function open<Query, Answer>(given: OpenOptions<Query, Answer>): Promise<OarlockNode<Query, Answer>> {
  const options = readOpenOptions(given)
  const resolved = resolveOptions(options)
  if (resolved.bootstrap === null && !hasData(resolved.dataDir)) {
    const choices =
      "cluster (with these members), join: true (waits to be added to a running cluster) or alone: true (a cluster of its own)"
    throw new OarlockError(
      "badOptions",
      `open: ${resolved.dataDir} holds no data, and nothing says how node ${resolved.id} begins: give ${choices}`,
    )
  }
  const tls = resolved.tls === null ? null : loadPeerTls(resolved.tls)
  useNativeCrc32()
  const folder = await openDataFolder({ path: resolved.dataDir, nodeId: resolved.id, clusterId: resolved.clusterId })
  try {
    const listenerErrors = new ListenerErrors(resolved.log)
    const log = listenerErrors.guard("your log function", resolved.log)
    const machineTimes = new MachineTimes()
    const replica = recoverReplica(folder, resolved, new TimedMachine(options.machine, machineTimes))
    const warn = options.log === undefined ? warnProcess : (sentence: string) => log("warn", sentence)
    if (!folder.isNew) describeIgnored(resolved, replica.status(), folder.path).forEach((sentence) => warn(sentence))
    await applyRecovered(replica, folder, resolved)
    const wasKnown = folder.isNew || replica.status().lastApplied === replica.status().lastLogIndex
    const node = await connect<Query, Answer>(options, { ...resolved, log }, folder, replica, tls, listenerErrors, machineTimes)
    if (!wasKnown) await applyAlone(node.engine, replica, folder, resolved)
    return node
  } catch (error) {
    await folder.lock.release()
    throw error
  }
}

/** Applies the entries that are known to be committed, in slices, so that other work of this process is not blocked for long. */
async function applyRecovered(replica: Replica, folder: DataFolder, { id }: ResolvedOptions): Promise<void> {
  while (replica.applyRecovered()) await turnOfOthers()
  refuseHalted(replica, folder, id)
}

/** Waits for the only voter of a cluster to apply the end of its log. */
async function applyAlone(engine: Engine, replica: Replica, folder: DataFolder, { id, raft }: ResolvedOptions): Promise<void> {
  await whenSoleVoterHasApplied(id, raft.electionTimeoutMaxMs, () => replica.status())
  try {
    refuseHalted(replica, folder, id)
  } catch (error) {
    await engine.close()
    throw error
  }
}

function refuseHalted(replica: Replica, folder: DataFolder, id: NodeId): void {
  const { halted } = replica.status()
  if (halted === null) return
  const { haltedBy } = replica
  const cause = haltedBy instanceof MachineError && haltedBy.hasThrown ? haltedBy.cause : haltedBy
  throw new OarlockError("machineFailed", `could not open node ${id} on ${folder.path}: ${halted}`, { cause })
}

function recoverReplica(folder: DataFolder, resolved: ResolvedOptions, machine: StateMachine): Replica {
  const { identity } = folder
  const bootId = randomBytes(4).readUInt32LE()
  try {
    return openReplica(
      fileDiskReader(folder.path),
      {
        ...resolved.limits,
        raft: resolved.raft,
        identity,
        bootId,
        onApplyError: resolved.onApplyError,
        beginWithout: resolved.beginWithout,
        verifyEveryEntries: resolved.verifyEveryEntries,
      },
      machine,
      resolved.bootstrap,
      performance.now(),
    )
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    const thrown = cause instanceof RecoveryError ? cause.cause : cause
    if (thrown instanceof MachineError) {
      const words = [message, ...stackOf(thrown)].join("\n    ")
      const original = thrown.hasThrown ? thrown.cause : thrown
      throw new OarlockError("machineFailed", `could not recover node ${resolved.id} from ${folder.path}: ${words}`, { cause: original })
    }
    if (cause instanceof RecoveryError)
      throw new OarlockError("corruptData", `could not recover node ${resolved.id} from ${folder.path}: ${message}`, { cause })
    if (cause instanceof Error && "syscall" in cause)
      throw new OarlockError("dataFolderUnusable", `could not read ${folder.path}: ${message}`, { cause })
    if (cause instanceof RangeError || cause instanceof TypeError) throw new OarlockError("badOptions", message, { cause })
    throw cause
  }
}

async function connect<Query, Answer>(
  options: OpenOptions<Query, Answer>,
  resolved: ResolvedOptions,
  folder: DataFolder,
  replica: Replica,
  tls: PeerTls | null,
  listenerErrors: ListenerErrors,
  machineTimes: MachineTimes,
): Promise<OarlockNode<Query, Answer>> {
  const { clusterId, groupId, incarnation } = folder.identity
  const known = replica.status().configuration.members.find(({ id }) => id === resolved.id)?.peerAddress
  const listen = resolved.listen ?? (known === undefined || known === "" ? "127.0.0.1:0" : known)
  // The transport and the node need each other. Nothing arrives before the node is there: connections come with a later turn than `listen`'s answer.
  const holder: { node: OarlockNode<Query, Answer> | null } = { node: null }
  const transport = await PeerTransport.listen(listen, {
    clusterId,
    groupId,
    nodeId: resolved.id,
    peerAddress: resolved.peerAddress ?? listen,
    tls,
    limits: resolved.transportLimits,
    log: resolved.log,
    now: () => performance.now(),
    handshake: {
      introduce: () => holder.node!.engine.handshake.introduce(),
      judge: (peer, introduction) => holder.node!.engine.handshake.judge(peer, introduction),
      onIntroduced: (peer, introduction, welcomedUs) => holder.node!.engine.handshake.onIntroduced(peer, introduction, welcomedUs),
      onRefused: (peer, refusal) => holder.node!.engine.handshake.onRefused(peer, refusal),
      whenMet: (peer, introduction, isGone, onMet) => holder.node!.engine.handshake.whenMet(peer, introduction, isGone, onMet),
    },
    onMessage: (message) => holder.node!.engine.fromTransport.onMessage(message),
    onUnreachable: (peer) => holder.node!.engine.fromTransport.onUnreachable(peer),
  })
  const node = new OarlockNode<Query, Answer>(
    {
      id: resolved.id,
      clusterId,
      incarnation,
      folder: folder.path,
      sessionTimeoutMs: resolved.limits.sessionTimeoutMs,
      peerPort: transport.port,
      electionTimeoutMaxMs: resolved.raft.electionTimeoutMaxMs,
      log: resolved.log,
      release: () => folder.lock.release(),
    },
    {
      replica,
      folder: folder.path,
      transport,
      log: resolved.log,
      listenerErrors,
      machineTimes,
      timings: resolved.raft,
      ...(options.syncPolicy === undefined ? {} : { syncPolicy: options.syncPolicy }),
      ...(options.onSync === undefined ? {} : { onSync: options.onSync }),
    },
  )
  holder.node = node
  node.engine.start()
  return node
}

/** Node's own is ten times as fast as a table; it came with 20.15. */
function useNativeCrc32(): void {
  const { crc32 } = zlib as { crc32?: (data: Uint8Array, seed?: number) => number }
  if (crc32 !== undefined) installCrc32(crc32)
}
