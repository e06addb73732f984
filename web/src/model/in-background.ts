/** Work that nobody waits for: an answer to a click, a question that is asked again and again. */

/** Lets `work` go on. What fails in it though nobody expected that becomes an error of the page, as in any handler of an event. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    queueMicrotask(() => {
      throw error
    })
  })
}
