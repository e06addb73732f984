import { getEventListeners } from "node:events"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { Cluster } from "../cluster.ts"
import type { Note } from "../note.ts"
import { addressOf } from "../sample.ts"

// By a name that the compiler does not follow: tests are checked without the types of a browser, which it needs.
const file: string = "./watcher.ts"
const { Watcher } = (await import(file)) as {
  readonly Watcher: new (
    cluster: Cluster,
    take: (note: Note) => void,
    onChange: () => void,
  ) => { watch(addresses: readonly string[]): void; stop(): void }
}

let page: EventTarget

beforeEach(() => {
  vi.useFakeTimers()
  page = Object.assign(new EventTarget(), { hidden: false })
  vi.stubGlobal("document", page)
  vi.stubGlobal("location", new URL("http://127.0.0.1:7000/"))
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test("a node that is away for long leaves nothing behind with each attempt to hear its events", async () => {
  const fetch = vi.fn<(url: string) => Promise<Response>>().mockRejectedValue(new TypeError("no connection"))
  vi.stubGlobal("fetch", fetch)
  const cluster = new Cluster()
  const watcher = new Watcher(
    cluster,
    (note) => cluster.take(note),
    () => {},
  )
  watcher.watch([addressOf(1)])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(fetch.mock.calls.filter(([url]) => url.endsWith("/events")).length).toBeGreaterThan(5)
  // That of the watcher itself.
  expect(getEventListeners(page, "visibilitychange")).toHaveLength(1)
  watcher.stop()
  expect(getEventListeners(page, "visibilitychange")).toHaveLength(0)
})
