/**
 * How a command fails: one or two sentences for a person (what, where, what to do) and an exit code for a script.
 *
 * The codes keep apart what a script must treat differently; above all, "rejected" (certainly not done, safe to try again) from "unknown"
 * (may have been done). `docs/cli.md` lists them.
 */

export const exitCode = {
  ok: 0,
  /** Refused or failed, and certainly not done. Also: a compare-and-swap whose comparison did not hold; a damaged log. */
  failed: 1,
  /** The command line, the environment or a file that we were pointed to makes no sense. */
  usage: 2,
  /** The key or member that was asked for does not exist. */
  notFound: 3,
  /** It may have been done, or may still be. */
  unknown: 4,
  /** No node could be reached, or none of them knows a leader. */
  unreachable: 5,
  /** Done, but the results could not be written: standard output goes to a full disk, say. What must not be done twice must not be repeated. */
  untold: 6,
  /** Ended by Ctrl-C, as shells count it: 128 + SIGINT. */
  interrupted: 130,
  /** A command that only shows ended because nobody read any further, as shells count it: 128 + SIGPIPE. */
  noReader: 141,
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

export class CliError extends Error {
  readonly exitCode: ExitCode

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "CliError"
    this.exitCode = code
  }
}

/** The name of an exit code, for `--json`. */
export function exitCodeName(code: number): string {
  return Object.entries(exitCode).find(([, value]) => value === code)?.[0] ?? "failed"
}
