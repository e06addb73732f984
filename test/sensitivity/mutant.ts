/**
 * What a planted bug is, and how it gets into a replica.
 *
 * Each is one rule of production code, changed in its source text while it is bundled: the file on disk stays as it is. Only the replica is changed
 * (core, wire, storage, replica), the rules of clients (requests), or the key-value store, so that the world and the checkers that judge it are
 * the same as in every other test. A snippet that does not stand in its file exactly once makes the mutant stale, and stale mutants fail: the
 * catalogue cannot fall behind the code.
 */

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build as bundle, type Plugin } from "esbuild"
import { RecoveryError } from "../../src/replica/index.ts"
import { production, type Build, type Workload, type WorldOptions } from "../../src/simulator/index.ts"

/** A change of one place in the sources. */
export interface Change {
  /** Below `src/`. */
  readonly file: string
  /** Stands in it exactly once. */
  readonly from: string
  readonly to: string
}

export interface Mutant {
  /** What the changed code does, as a sentence. */
  readonly name: string
  /** Where the rule comes from. */
  readonly section: string
  readonly changes: readonly Change[]
  /** The checkers that are about this rule: any of them may notice first. */
  readonly foundBy: readonly string[]
  /** Checkers that look away, to see whether another one notices by itself. */
  readonly without?: readonly string[]
  /** What makes it likely to show. Whatever is not named, the seed draws. */
  readonly world?: Partial<Omit<WorldOptions, "raft" | "replica">>
  readonly raft?: Partial<WorldOptions["raft"]>
  readonly replica?: Partial<WorldOptions["replica"]>
}

/** Both stand two folders below the root: this file, and the bundle of the script that writes the report. */
const sources = fileURLToPath(new URL("../../src/", import.meta.url))

/** A world's code with the mutant's changes in it. */
export async function mutatedBuild({ changes, without = [] }: Pick<Mutant, "changes" | "without">): Promise<Build> {
  const { production: mutated } = await mutatedModule<{ readonly production: Build }>("simulator/state/build.ts", changes)
  // What a disk holds is asked by checkers, and they must not be lied to.
  const { requests = production.requests } = mutated
  return {
    open: (...start) => withOurErrors(() => mutated.open(...start)),
    durable: production.durable,
    requests,
    tolerated: new Set(without),
  }
}

/** The key-value store with the mutant's changes in it; undefined if they do not concern it: then the world has its own. */
export async function mutatedWorkload({ changes }: Pick<Mutant, "changes">): Promise<Workload | undefined> {
  if (!changes.some(({ file }) => file.startsWith("kv/"))) return undefined
  const { keyValueWorkload } = await mutatedModule<{ readonly keyValueWorkload: Workload }>(
    "simulator/workload/key-value-workload.ts",
    changes,
  )
  return keyValueWorkload
}

async function mutatedModule<Exports>(file: string, changes: readonly Change[]): Promise<Exports> {
  const { outputFiles } = await bundle({
    entryPoints: [`${sources}${file}`],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "mutated",
    target: "es2023",
    plugins: [changing(changes)],
    logLevel: "silent",
  })
  return evaluate(outputFiles[0]!.text) as Exports
}

/** The world knows a refused disk by the class of the error, and the bundle has a class of its own. */
function withOurErrors<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && error.name === "RecoveryError") Object.setPrototypeOf(error, RecoveryError.prototype)
    throw error
  }
}

/** The text of a source with the changes that concern it. Throws if one of them does not find its place. */
export function changedSource(file: string, changes: readonly Change[]): string {
  let text = readFileSync(`${sources}${file}`, "utf8")
  for (const { from, to } of changes.filter((change) => change.file === file)) {
    const count = text.split(from).length - 1
    if (count !== 1) throw new Error(`stale mutant: src/${file} has ${count} places that read:\n${from}`)
    text = text.replace(from, () => to)
  }
  return text
}

function changing(changes: readonly Change[]): Plugin {
  const changed = new Set(changes.map(({ file }) => `${sources}${file}`))
  return {
    name: "changed rules",
    setup(bundler) {
      bundler.onLoad({ filter: /\.ts$/ }, ({ path }) =>
        changed.has(path) ? { contents: changedSource(path.slice(sources.length), changes), loader: "ts" } : null,
      )
    },
  }
}

function evaluate(code: string): unknown {
  // Our own code, bundled a moment ago.
  // oxlint-disable-next-line typescript/no-implied-eval
  const load = new Function(`${code}\nreturn mutated`) as () => unknown
  return load()
}
