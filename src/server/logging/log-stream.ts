/**
 * Where a server's log lines go: a file descriptor. If it can no longer be written, the server goes on serving.
 *
 * A reader may end (`oarlock start … | head`), stop reading with the pipe full (`| less`), or the log's disk may be full. Lines that cannot be
 * written wait, up to `logBacklogBytesMax`; further ones are lost, counted, and reported in the log once it can be written again. Until then
 * `GET /metrics`, `GET /cluster` and `oarlock status` say so.
 *
 * Writing is synchronous, because the last line before a halt is the one that matters, and never blocks: Node makes pipes and sockets that it
 * finds at 2 non-blocking. Only a terminal that was stopped (Ctrl-S) holds its server up.
 */

import { writeSync } from "node:fs"

/** Bytes of log lines that wait for a log that cannot be written. */
export const logBacklogBytesMax = 256 << 10
/** How soon what waits is tried again without a further line, in milliseconds. */
const retryMs = 1000

/** What others may know about the log. */
export interface LogHealth {
  /** Lines that could not be written and are gone. */
  readonly linesLost: number
  /** Why the log cannot be written at the moment, in words; null while it can. */
  readonly trouble: string | null
}

/** Writes as many of the bytes as it can and returns how many. Throws what the system says. */
export type WriteBytes = (bytes: Uint8Array) => number

export class LogStream implements LogHealth {
  /** Told that the log can be written again, with how many lines are gone and why. */
  onRecovered: (linesLost: number, trouble: string) => void = () => {}
  readonly #write: WriteBytes
  /** Lines that wait; of the first, a part may be written already. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #linesLost = 0
  #linesLostTold = 0
  #trouble: string | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(write: WriteBytes) {
    this.#write = write
  }

  get linesLost(): number {
    return this.#linesLost
  }

  get trouble(): string | null {
    return this.#trouble
  }

  /** Never throws, never waits. */
  write(line: string): void {
    const bytes = Buffer.from(line)
    this.#flush()
    if (this.#waitingBytes + bytes.length > logBacklogBytesMax && this.#trouble !== null) {
      this.#linesLost++
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#flush()
  }

  /** A last try: lines that cannot be written now are lost. */
  close(): void {
    this.#flush()
    this.#waiting = []
    this.#waitingBytes = 0
    this.#stopTimer()
  }

  #flush(): void {
    try {
      for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
        const written = this.#write(first)
        this.#waitingBytes -= written
        if (written < first.length) this.#waiting[0] = first.subarray(written)
        else this.#waiting.shift()
      }
      this.#recover()
    } catch (error) {
      this.#trouble = explain(error as NodeJS.ErrnoException)
      this.#timer ??= setInterval(() => this.#flush(), retryMs).unref()
    }
  }

  #recover(): void {
    if (this.#trouble === null) return
    const trouble = this.#trouble
    this.#trouble = null
    this.#stopTimer()
    const lost = this.#linesLost - this.#linesLostTold
    this.#linesLostTold = this.#linesLost
    if (lost > 0) this.onRecovered(lost, trouble)
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}

/** Standard error of this process, as a log. */
export function standardErrorLog(): LogStream {
  // Asking for the stream is what makes Node set a pipe to non-blocking; it is not written to.
  const { fd } = process.stderr
  return new LogStream((bytes) => writeSync(fd, bytes))
}

function explain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EPIPE":
    case "ECONNRESET":
      return "its reader has closed it"
    case "EAGAIN":
      return "its reader does not read"
    case "ENOSPC":
    case "EDQUOT":
      return "the disk that it goes to is full"
    default:
      return error.message
  }
}
