/**
 * Three nodes, closed loop: 1, 100 and 1,000 clients put or get random keys. Also what cluster size and value size do to it.
 *
 * Gets come before puts: both systems keep old revisions, and what a store of a given size reads should not depend on how fast it was
 * written before.
 */

import type { RowName } from "../harness/arguments.ts"
import type { Cluster, ClusterNode } from "../harness/cluster.ts"
import { type Comparison, compare, compareLoads, type Figures, noiseOf, noisePercentMax, type Target } from "../harness/comparison.ts"
import { type Context, interleave, withCluster } from "../harness/context.ts"
import type { Load, Measured } from "../harness/load-generator.ts"
import { untilQuiet } from "../harness/machine.ts"
import { defaultCluster } from "../harness/system.ts"

interface Spec {
  readonly row: RowName
  readonly label: string
  readonly load: Pick<Load, "op" | "clients" | "connections">
  readonly target: Target | null
}

const specs: readonly Spec[] = [
  { row: "get", label: "get, 1 client", load: { op: "get", clients: 1, connections: 1 }, target: null },
  { row: "get", label: "get, 100 clients", load: { op: "get", clients: 100, connections: 10 }, target: ratioAtLeast(10) },
  { row: "get", label: "get, 1,000 clients", load: { op: "get", clients: 1000, connections: 100 }, target: ratioAtLeast(15) },
  { row: "put", label: "put, 1 client", load: { op: "put", clients: 1, connections: 1 }, target: ratioAtLeast(1.2) },
  { row: "put", label: "put, 100 clients", load: { op: "put", clients: 100, connections: 10 }, target: ratioAtLeast(4) },
  { row: "put", label: "put, 1,000 clients", load: { op: "put", clients: 1000, connections: 100 }, target: ratioAtLeast(6.5) },
]

const keys = 10_000
const valueBytes = 256

/** Rows "put" and "get", whichever are wanted. */
export async function throughput(context: Context): Promise<Comparison[]> {
  const wanted = specs.filter(isWanted(context))
  const rounds = await interleave(context, context.args.rounds, async (system, round) =>
    withCluster(
      context,
      system,
      { ...defaultCluster, profileFolder: context.args.profile ? context.machine.folder : null },
      async (cluster) => {
        await context.generator.fill(system, [await cluster.leader()], keys, valueBytes)
        const measured: Measured[] = []
        for (const spec of wanted) {
          const load = { ...spec.load, durationSeconds: context.args.durationSeconds, keys, valueBytes }
          measured.push(await measureQuietly(context, cluster, load))
          context.tell(`  round ${round}, ${system.name}, ${spec.label}: ${describe(measured.at(-1)!)}`)
        }
        return measured
      },
    ),
  )
  const comparisons = wanted.map((spec, at) => compareLoads(spec.row, spec.label, pick(rounds, at), spec.target))
  const single = wanted.findIndex((spec) => spec.row === "put" && spec.load.clients === 1)
  if (single === -1) return comparisons
  const { etcd, oarlock } = pick(rounds, single)
  const p50 = { etcd: etcd.map((load) => load.p50Ms), oarlock: oarlock.map((load) => load.p50Ms) }
  return [...comparisons, compare("put", "put, 1 client, p50", "ms", p50, { of: "ratio", is: "atMost", bound: 1 })]
}

/** Row "nodes": how throughput falls as a cluster grows. */
export async function clusterSizes(context: Context): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const nodes of [1, 3, 5]) {
    const label = `100 clients, ${nodes} ${nodes === 1 ? "node" : "nodes"}`
    const rounds = await interleave(context, context.args.rounds, (system) =>
      withCluster(context, system, { ...defaultCluster, nodes }, async (cluster) => {
        await context.generator.fill(system, [await cluster.leader()], keys, valueBytes)
        const load = { clients: 100, connections: 10, durationSeconds: context.args.durationSeconds, keys, valueBytes }
        const measured = [
          await measureQuietly(context, cluster, { ...load, op: "get" }),
          await measureQuietly(context, cluster, { ...load, op: "put" }),
        ]
        context.tell(`  ${system.name}, ${label}: get ${describe(measured[0]!)}; put ${describe(measured[1]!)}`)
        return measured
      }),
    )
    comparisons.push(
      compareLoads("nodes", `put, ${label}`, pick(rounds, 1), null),
      compareLoads("nodes", `get, ${label}`, pick(rounds, 0), null),
    )
  }
  return comparisons
}

/** Row "values": from 64 bytes to a mebibyte. Few keys and clients where values are large, as neither system is made for more. */
export async function valueSizes(context: Context): Promise<Comparison[]> {
  const sizes = [
    { label: "64 B", valueBytes: 64, clients: 100, keys },
    { label: "1 KiB", valueBytes: 1024, clients: 100, keys },
    { label: "64 KiB", valueBytes: 64 * 1024, clients: 20, keys: 100 },
    { label: "1 MiB", valueBytes: 1024 * 1024, clients: 5, keys: 20 },
  ]
  const comparisons: Comparison[] = []
  for (const size of sizes) {
    const label = `put, ${size.clients} clients, ${size.label}`
    const rounds = await interleave(context, context.args.rounds, (system) =>
      withCluster(context, system, defaultCluster, async (cluster) => {
        const load = { ...size, op: "put", connections: Math.min(size.clients, 10), durationSeconds: context.args.durationSeconds } as const
        const measured = await measureQuietly(context, cluster, load)
        context.tell(`  ${system.name}, ${label}: ${describe(measured)}`)
        return measured
      }),
    )
    comparisons.push(compareLoads("values", label, rounds, null))
  }
  return comparisons
}

function isWanted({ args }: Context): (spec: Spec) => boolean {
  return ({ row, load }) => args.rows.includes(row) && (args.clients ?? load.clients) === load.clients
}

function ratioAtLeast(bound: number): Target {
  return { of: "ratio", is: "atLeast", bound }
}

/** Measures up to three times until nobody else used the machine meanwhile, and keeps the quietest. */
async function measureQuietly(context: Context, cluster: Cluster, load: Load): Promise<Measured> {
  const targets: readonly ClusterNode[] = context.args.target === "all" ? cluster.nodes : [await cluster.leader()]
  let quietest: Measured | null = null
  for (let attempt = 1; attempt <= 3; attempt++) {
    await untilQuiet(context.args.patienceSeconds * 1000)
    const measured = await context.generator.load(cluster.system, targets, cluster.nodes, load)
    if (quietest === null || noiseOf(measured) < noiseOf(quietest)) quietest = measured
    if (noiseOf(quietest) <= noisePercentMax) return quietest
    context.tell(`  others used ${Math.round(noiseOf(measured))} % of a core meanwhile: ${attempt < 3 ? "once more" : "kept, and marked"}`)
  }
  return quietest!
}

function pick(rounds: Figures<readonly Measured[]>, at: number): Figures<Measured> {
  return { etcd: rounds.etcd.map((round) => round[at]!), oarlock: rounds.oarlock.map((round) => round[at]!) }
}

function describe({ perSecond, p50Ms, p99Ms, failed, because }: Measured): string {
  return `${Math.round(perSecond).toLocaleString("en")}/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms${failed > 0 ? `, ${failed} refused: ${because}` : ""}`
}
