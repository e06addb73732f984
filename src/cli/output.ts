/**
 * Where a command's words go: results to standard output, everything else to standard error.
 *
 * Colours only on a terminal and never with `NO_COLOR`. A reader that goes away (`oarlock range | head -1`) is no error.
 */

export interface Output {
  /** A result: one line, or several. */
  print(text: string): void
  /** Bytes as they are, for values. */
  write(bytes: Uint8Array): void
  /** Progress and warnings, for people. */
  note(text: string): void
  readonly style: Style
}

/** Each wraps a text for the terminal, or leaves it alone. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
}

export function createOutput(
  streams: { readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream },
  env: NodeJS.ProcessEnv,
): Output {
  const { stdout, stderr } = streams
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // Nobody listens any more: nothing is left to do, and nothing went wrong.
      if (error.code === "EPIPE") process.exit(0)
      throw error
    })
  }
  return {
    print: (text) => void stdout.write(`${text}\n`),
    write: (bytes) => void stdout.write(bytes),
    note: (text) => void stderr.write(`${text}\n`),
    style: styleFor(stdout.isTTY, env),
  }
}

/** `NO_COLOR` (no-color.org) and dumb terminals beat a terminal; `FORCE_COLOR` beats a pipe. */
export function styleFor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Style {
  const forbidden = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb"
  const forced = (env["FORCE_COLOR"] ?? "0") !== "0"
  const colored = !forbidden && (isTerminal || forced)
  const wrap = (open: number, close: number) => (text: string) => (colored ? `\u001B[${open}m${text}\u001B[${close}m` : text)
  return { bold: wrap(1, 22), dim: wrap(2, 22), good: wrap(32, 39), bad: wrap(31, 39) }
}
