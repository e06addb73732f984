/**
 * The syncs of the log's batches, which run in parallel.
 *
 * fdatasync covers what was written before it began: a batch is durable once a sync that began after its write has succeeded, and so have all syncs
 * before. A few run at once; batches that find all of them busy share the next one. Each runs through a descriptor of its own, because Linux reports a
 * failed write-back once for every descriptor (errseq): through a shared one, a later sync could get the error in place of the sync whose batch was
 * lost.
 */

/** The most syncs of the log under way at once. */
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
