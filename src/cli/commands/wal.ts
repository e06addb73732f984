/** `oarlock wal …`: what stands in a node's data folder, and whether it is whole. For a node that is down, or a copy; nothing is changed. */

import { resolve } from "node:path"
import type { Command } from "commander"
import { type InspectionRow, loadWalTools, type FolderVerdict } from "../../server/internal.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import { type CommonOptions, type Context, defineCommand, defineGroup, parseInteger, run } from "../terminal/command.ts"
import { formatBytes, formatTable } from "../terminal/table.ts"

interface InspectOptions extends CommonOptions {
  readonly limit: string
  readonly from?: string
}

export function walCommand(context: Context): Command {
  const wal = defineGroup("wal", "Look into the log and the snapshots of a node that is down", [
    "oarlock wal inspect data/n1",
    "oarlock wal verify data/n1",
  ])
  wal.addCommand(
    defineCommand("inspect", "list the records of the log and the parts of the snapshots; exit code 1 if a node would refuse to start", [
      "oarlock wal inspect data/n1",
      "oarlock wal inspect data/n1 --from 1000 --limit 20    entries from index 1000",
      "oarlock wal inspect data/n1 --limit 0 --json          everything, one JSON object a line",
    ])
      .argument("<dir>", "a node's data folder")
      .option("--limit <count>", "at most so many rows; 0 for all", "100")
      .option("--from <index>", "only entries from this index on")
      .action((dir: string, options: InspectOptions) =>
        run(context, options, () => explainUnreadable(dir, inspect(context, dir, options))),
      ),
  )
  wal.addCommand(
    defineCommand("verify", "do what a start would do, and say whether the node would start; exit code 1 if not", [
      "oarlock wal verify data/n1",
    ])
      .argument("<dir>", "a node's data folder")
      .action((dir: string, options: CommonOptions) => run(context, options, () => explainUnreadable(dir, verify(context, dir, options)))),
  )
  return wal
}

/** So many rows are written before the reader is waited for. */
const rowsAhead = 256

async function inspect(context: Context, dir: string, options: InspectOptions): Promise<ExitCode> {
  const limit = parseInteger(options.limit, "--limit", 0)
  const from = options.from === undefined ? null : parseInteger(options.from, "--from", 1)
  const { tools, folder } = await openFolder(context, dir)
  const rows: InspectionRow[] = []
  let left = 0
  let shown = 0
  for (const row of tools.inspectDataFolder(folder)) {
    const isWanted = from === null || (row.type === "entry" && row.index !== null && row.index >= from)
    // Trouble is shown whatever the filters.
    if (row.ok && !isWanted) continue
    if (row.ok && limit > 0 && shown >= limit) {
      left++
      continue
    }
    shown++
    if (options.json !== true) {
      rows.push(row)
      continue
    }
    context.output.print(JSON.stringify(row))
    if (shown % rowsAhead === 0) await context.output.keepUp()
  }
  if (options.json !== true) context.output.print(formatInspection(rows))
  if (left > 0) context.output.note(`${left} more; --limit 0 shows all, --from begins later.`)
  // A torn end is what a kill leaves, and a start cuts it off: only what a start would refuse is damage.
  return tools.verifyDataFolder(folder).ok ? exitCode.ok : exitCode.failed
}

export function formatInspection(rows: readonly InspectionRow[]): string {
  const number = (value: number | null) => (value === null ? "" : String(value))
  return formatTable(
    [
      { title: "FILE", cell: (row) => row.file },
      { title: "OFFSET", cell: (row) => String(row.offset), align: "right" },
      { title: "TYPE", cell: (row) => row.kind ?? row.type },
      { title: "INDEX", cell: (row) => number(row.index), align: "right" },
      { title: "TERM", cell: (row) => number(row.term), align: "right" },
      { title: "BYTES", cell: (row) => String(row.bytes), align: "right" },
      { title: "WHAT", cell: (row) => (row.ok ? row.detail : `${row.detail === "" ? "" : `${row.detail}: `}${row.problem}`) },
    ],
    rows,
  )
}

async function verify(context: Context, dir: string, options: CommonOptions): Promise<ExitCode> {
  const { tools, folder } = await openFolder(context, dir)
  const verdict = tools.verifyDataFolder(folder)
  if (options.json === true) context.output.print(JSON.stringify(summarize(verdict)))
  else if (verdict.ok) context.output.print(formatVerdict(dir, verdict, tools.whoseFolder(folder)?.nodeId ?? null))
  if (verdict.ok) return exitCode.ok
  if (options.json === true) return exitCode.failed
  throw new CliError(exitCode.failed, `${dir} is damaged, and a node would refuse to start on it: ${verdict.problem}`)
}

/** Without the entries themselves: they are what `inspect` is for. */
function summarize({ ok, problem, notices, recovered }: FolderVerdict): Record<string, unknown> {
  if (recovered === null) return { ok, problem, notices }
  const { entries, hardState, snapshot, own } = recovered
  const log = { firstIndex: entries[0]?.index ?? null, lastIndex: entries.at(-1)?.index ?? null, entries: entries.length }
  return {
    ok,
    problem,
    notices,
    ...hardState,
    snapshotIndex: snapshot?.lastIndex ?? 0,
    log,
    life: own?.life ?? 0,
    isRolledBack: own?.isCondemned ?? false,
  }
}

export function formatVerdict(dir: string, { recovered, notices }: FolderVerdict, nodeId: number | null): string {
  if (recovered === null || nodeId === null) return `${dir} is empty: a node would begin there.`
  const { entries, hardState, snapshot, storedSnapshot, own } = recovered
  const [first] = entries
  const last = entries.at(-1)
  const lines = [
    `${dir} is whole. It belongs to node ${nodeId}.`,
    `  term ${hardState.term}, ${hardState.votedFor === null ? "no vote" : `voted for node ${hardState.votedFor}`}, committed up to entry ${hardState.commitIndex} at least`,
    first === undefined || last === undefined ? "  no entries" : `  entries ${first.index} to ${last.index}`,
    storedSnapshot === null ? "  no snapshot" : `  snapshot up to entry ${snapshot?.lastIndex} (${formatBytes(storedSnapshot.sizeBytes)})`,
    ...notices.map((notice) => `  a start would have ${notice}`),
    own?.isCondemned === true
      ? "  it was told that it went back in time: it has no vote any more (docs/guarantees.md)"
      : `  started ${own?.life ?? 0} times. Whether this is an older copy of itself, no folder can tell: servers that have met a later start say so when it calls (docs/guarantees.md)`,
  ]
  return lines.join("\n")
}

/** A file that cannot be read says nothing about what is in it: that is no damage, and gets another exit code. */
async function explainUnreadable(dir: string, looking: Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await looking
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error
    throw new CliError(exitCode.usage, `Could not look into ${dir}: ${error.message}.`, { cause: error })
  }
}

/** Throws `CliError` for what is no data folder. */
async function openFolder(
  context: Context,
  dir: string,
): Promise<{ readonly tools: Awaited<ReturnType<typeof loadWalTools>>; readonly folder: string }> {
  const tools = await loadWalTools()
  const folder = resolve(context.workingDirectory, dir)
  try {
    tools.whoseFolder(folder)
  } catch (error) {
    throw new CliError(exitCode.usage, `Could not look into ${dir}: ${(error as Error).message}.`, { cause: error })
  }
  return { tools, folder }
}
