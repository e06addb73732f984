import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { addressOf } from "../sample.ts"

// By a name that the compiler does not follow: tests are checked without the types of a browser, which it needs.
const file: string = "./live-cluster.ts"
const { LiveCluster } = (await import(file)) as { readonly LiveCluster: new (token: string | null) => { stop(): void } }

/** What was asked, each with how to answer. */
const asked: { readonly url: string; readonly answer: (body: object, status?: number) => void }[] = []

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false }))
  vi.stubGlobal("location", new URL("http://127.0.0.1:7000/"))
  vi.stubGlobal("sessionStorage", { getItem: () => "token" })
  vi.stubGlobal("fetch", (url: string, { signal }: RequestInit) => {
    return new Promise<Response>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error))
      asked.push({ url, answer: (body, status = 200) => resolve(Response.json(body, { status })) })
    })
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(5_000)
}

const toNodes = { addresses: [addressOf(1)] }

test("a page that is left before it knows its nodes asks none of them", async () => {
  const live = new LiveCluster(null)
  live.stop()
  asked[0]!.answer(toNodes)
  await settle()
  expect(asked.map(({ url }) => url)).toEqual(["./nodes.json"])
  expect(vi.getTimerCount()).toBe(0)
})

test("a page that is left while it looks for what its token allows asks nobody again", async () => {
  const live = new LiveCluster(null)
  asked[0]!.answer(toNodes)
  await vi.advanceTimersByTimeAsync(0)
  const supervisor = asked.find(({ url }) => url === "http://127.0.0.1:7000/")!
  live.stop()
  const before = asked.length
  supervisor.answer({ error: "wrong token" }, 403)
  await settle()
  expect(asked).toHaveLength(before)
  expect(vi.getTimerCount()).toBe(0)
})
