/**
 * Where a command's words go: results to standard output, everything else to standard error.
 *
 * What becomes of the two streams never changes what a command has done, so it never changes an exit code that tells of that: a refusal stays a
 * refusal when nobody reads it. A reader that goes away (`oarlock range | head -1`) has had enough, which is no error. Results that cannot be
 * written for another reason (a full disk) are: `docs/cli.md` has the exit codes.
 *
 * Colours only on a terminal and never with `NO_COLOR`.
 */

import { writeSync } from "node:fs"
import { Socket } from "node:net"
import type { Writable } from "node:stream"

/** Bytes of results that wait for a slow reader. A command that prints events without end leaves out what would exceed it. */
export const outputBacklogBytesMax = 1 << 20

export interface Output {
  /** A result: one line, or several. */
  print(text: string): void
  /** Bytes as they are, for values. */
  write(bytes: Uint8Array): void
  /** Progress and warnings, for people. */
  note(text: string): void
  /** Why results cannot be written any more; null while they can. */
  readonly lost: NodeJS.ErrnoException | null
  /** Aborts when results cannot be written any more. */
  readonly gone: AbortSignal
  /** True while more than `outputBacklogBytesMax` waits for the reader. */
  readonly isBehind: boolean
  /** Resolves once all results so far are out of our hands, or lost. */
  settled(): Promise<void>
  /** As `settled`, for commands that only show: throws `ReaderGone` if nobody takes the results any more. */
  keepUp(): Promise<void>
  readonly style: Style
}

/** Ends a command that has nothing left to do once its results cannot be written: `run` turns it into an exit code. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone"
}

/** Each wraps a text for the terminal, or leaves it alone. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
}

type OutputStream = Writable & { readonly isTTY?: boolean; readonly fd?: number }

export function createOutput(
  { stdout, stderr }: { readonly stdout: OutputStream; readonly stderr: OutputStream },
  env: Readonly<Record<string, string | undefined>>,
): Output {
  let lost: NodeJS.ErrnoException | null = null
  const gone = new AbortController()
  const lose = (error: NodeJS.ErrnoException): void => {
    lost ??= error
    gone.abort()
  }
  stdout.on("error", lose)
  // A caller that does not read the warning still has the exit code.
  stderr.on("error", () => {})

  const file = fileOf(stdout)
  const write = (bytes: Uint8Array): void => {
    if (lost !== null) return
    if (file === null) {
      stdout.write(bytes)
      return
    }
    try {
      writeAll(bytes, (rest) => writeSync(file, rest))
    } catch (error) {
      lose(error as NodeJS.ErrnoException)
    }
  }
  const settled = async (): Promise<void> => {
    if (file !== null || lost !== null) return
    await new Promise<void>((resolve) => stdout.write("", () => resolve()))
  }
  return {
    print: (text) => write(Buffer.from(`${text}\n`)),
    write,
    note: (text) => {
      stderr.write(`${text}\n`)
    },
    get lost() {
      return lost
    },
    gone: gone.signal,
    get isBehind() {
      return stdout.writableLength > outputBacklogBytesMax
    },
    settled,
    async keepUp() {
      await settled()
      if (lost !== null) throw new ReaderGone()
    },
    style: styleFor(stdout.isTTY === true, env),
  }
}

/** The number of a regular file or a device that standard output is; null for pipes, sockets and terminals, whose streams can wait. */
function fileOf(stream: OutputStream): number | null {
  return stream instanceof Socket ? null : (stream.fd ?? null)
}

/** Node's own stream for files takes a part that was written for the whole: on a disk with little room the rest would be missing without a word. */
export function writeAll(bytes: Uint8Array, write: (bytes: Uint8Array) => number): void {
  for (let done = 0; done < bytes.length;) done += write(bytes.subarray(done))
}

/** `NO_COLOR` (no-color.org) and dumb terminals beat a terminal; `FORCE_COLOR` beats a pipe. */
export function styleFor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  const forbidden = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb"
  const forced = (env["FORCE_COLOR"] ?? "0") !== "0"
  const colored = !forbidden && (isTerminal || forced)
  const wrap = (open: number, close: number) => (text: string) => (colored ? `\u001B[${open}m${text}\u001B[${close}m` : text)
  return { bold: wrap(1, 22), dim: wrap(2, 22), good: wrap(32, 39), bad: wrap(31, 39) }
}
