/**
 * The syncs of the log's batches, beside each other.
 *
 * fdatasync covers what was written before it began: a batch is durable once a sync has ended well that began after its write, and so did
 * all syncs before. A few run at once; a batch that finds all of them busy shares the next one with whoever else waits. Each runs through a
 * descriptor of its own, because Linux reports a failed write-back once for every descriptor (errseq): through a shared one, a later sync could
 * take the error away from the one whose batch was lost.
 */

/** Syncs of the log under way at once. */
export const logSyncsAtOnceMax = 2

type Finish = (error: NodeJS.ErrnoException | null) => void

export interface LogSyncs {
  /** `file` was written: calls `finish` once a sync that began after this has ended. In any order. */
  add(file: string, finish: Finish): void
}

interface Waiting {
  readonly file: string
  readonly finish: Finish
}

/** `sync` syncs `file` through its descriptor number `slot`. */
export function createLogSyncs(sync: (file: string, slot: number, finish: Finish) => void): LogSyncs {
  const freeSlots = Array.from({ length: logSyncsAtOnceMax }, (_, slot) => logSyncsAtOnceMax - 1 - slot)
  let waiting: Waiting[] = []

  function begin(): void {
    const file = waiting[0]?.file
    const slot = file === undefined ? undefined : freeSlots.pop()
    if (file === undefined || slot === undefined) return
    const covered = waiting.filter((one) => one.file === file)
    waiting = waiting.filter((one) => one.file !== file)
    sync(file, slot, (error) => {
      freeSlots.push(slot)
      begin()
      for (const { finish } of covered) finish(error)
    })
  }

  return {
    add(file, finish) {
      waiting.push({ file, finish })
      begin()
    },
  }
}
