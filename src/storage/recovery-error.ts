/** The error of a recovery: where the trouble is, what was found, and what a person can do about it. */

/** The disk does not hold what it should. The node must not start on it. */
export class RecoveryError extends Error {
  /** The name of the class, for programs that cannot compare classes. */
  override readonly name = "RecoveryError"
  /** The file in question, relative to the data folder; null if it is the folder as a whole. */
  readonly file: string | null
  /** The byte offset in `file` where the trouble begins, or null if it is the whole file. */
  readonly offset: number | null

  constructor(file: string | null, offset: number | null, found: string, advice: string, cause?: unknown) {
    const place = file === null ? "the data folder" : offset === null ? file : `${file}, byte ${offset}`
    super(`${place}: ${found}. ${advice}`, cause === undefined ? undefined : { cause })
    this.file = file
    this.offset = offset
  }
}

export function newerVersion(file: string, version: number): RecoveryError {
  const advice = "A newer Oarlock wrote it: start that one, or a later one; nothing was changed."
  return new RecoveryError(file, 8, `format version ${version}, which this Oarlock does not read`, advice)
}

/** What to do about a log or a snapshot that was damaged after it was safely on disk. */
export const adviceOnDamage =
  "What was promised to the cluster may be lost here, so this server does not start. Restore the data folder from a copy of the disk, or remove " +
  "this server from the cluster, delete its data folder and add it again under a new id: the others will send it everything."
