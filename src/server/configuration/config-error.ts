/**
 * A mistake in what an operator wrote, told so that it can be mended without reading our source: where it stands (a file and its field,
 * a flag, an environment variable), what we found there, what we expected, and what to do about it.
 */

/** One mistake in a configuration. */
export interface ConfigProblem {
  /** Where the value was written: `--heartbeat-interval`, `OARLOCK_NAME`, `cluster.json: members[1].peer`. */
  readonly where: string
  /** The value as it was written, already printable; null if it is missing. */
  readonly found: string | null
  /** What would have been accepted, in words. */
  readonly expected: string
  /** What to do, as an imperative sentence without a full stop; empty if `expected` says it all. */
  readonly advice: string
}

/** Thrown by everything that reads configuration. `message` lists each problem on a line of its own. */
export class ConfigErrors extends Error {
  /** All mistakes that were found, in the order in which they were found. */
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(explainProblem).join("\n"))
    this.name = "ConfigErrors"
    this.problems = problems
  }
}

export function explainProblem(problem: ConfigProblem): string {
  const found = problem.found === null ? "it is missing" : `found ${problem.found}`
  const advice = problem.advice === "" ? "" : `; ${problem.advice}`
  return `${problem.where}: ${found}, expected ${problem.expected}${advice}`
}

/** A found value in print: text in quotes, the rest as JSON, never longer than a line of a terminal. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`
}

/** What the system says about a file, in words. */
export function explainFileError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === "ENOENT") return "there is no such file"
  if (code === "EACCES" || code === "EPERM") return "we may not read it"
  if (code === "EISDIR") return "it is a folder"
  return (error as Error).message
}

/** No server of the cluster that this one is to join has answered for long. As far as this server can tell, its settings are right. */
export class NobodyToJoin extends Error {
  /** The class of the error, as text. */
  override readonly name = "NobodyToJoin"
}
