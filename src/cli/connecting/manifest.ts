/**
 * `oarlock-dev.json`: what marks a folder as a cluster of `oarlock dev`, and how a second terminal finds it.
 *
 * It holds the nodes and, while the cluster runs, where its supervisor listens and the token that it answers to. Only its owner may read
 * it. A folder without it is never wiped.
 */

import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { CliError, exitCode } from "../terminal/cli-error.ts"

export const manifestName = "oarlock-dev.json"

export interface DevManifest {
  readonly format: 1
  /** Random; the cluster id follows from it, so that nodes of a wiped cluster never talk to those of its successor. */
  readonly clusterToken: string
  readonly nodes: readonly DevNode[]
  /** Null while it does not run. */
  readonly control: DevControl | null
}

export interface DevNode {
  readonly id: number
  readonly name: string
  /** `host:port` */
  readonly client: string
  readonly peer: string
}

export interface DevControl {
  readonly pid: number
  /** On 127.0.0.1. */
  readonly port: number
  readonly token: string
}

/** The manifest in `folder`, or null if there is none. Throws `CliError` if it cannot be understood. */
export function readManifest(folder: string): DevManifest | null {
  const file = join(folder, manifestName)
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null
    throw new CliError(exitCode.usage, `Could not read ${file} (${(error as Error).message}).`, { cause: error })
  }
  try {
    const manifest = JSON.parse(text) as DevManifest
    if (manifest.format === 1 && Array.isArray(manifest.nodes) && manifest.nodes.length > 0) return manifest
  } catch {
    // Told below, as anything else that is not ours.
  }
  throw new CliError(
    exitCode.usage,
    `${file} is not a manifest that this version understands. Move the folder away, or give another one with --data.`,
  )
}

/** Replaces it atomically. */
export function writeManifest(folder: string, manifest: DevManifest): void {
  const file = join(folder, manifestName)
  const draft = `${file}.new`
  writeFileSync(draft, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

/** The folder of the dev cluster that belongs to `workingDirectory`: its `data`, or that of a folder above, as Git looks for its own. Null if there is none. */
export function findDevFolder(workingDirectory: string): string | null {
  for (let folder = resolve(workingDirectory); ; folder = dirname(folder)) {
    const candidate = join(folder, "data")
    if (readManifest(candidate) !== null) return candidate
    if (dirname(folder) === folder) return null
  }
}
