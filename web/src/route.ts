/** Where one is, as the part of the address behind `#` says it. */

import type { Shared } from "./model/sharing/share.ts"

export type Route =
  | { readonly page: "start" }
  | { readonly page: "learn"; readonly lesson: string | null; readonly step: number }
  | { readonly page: "play"; readonly shared: Shared | null; readonly seed: number | null; readonly isKept: boolean }
  | { readonly page: "scenarios"; readonly name: string | null }
  | { readonly page: "replay" }
  | { readonly page: "embed"; readonly shown: string | Shared }
  | { readonly page: "live"; readonly token: string | null }
  | { readonly page: "problem"; readonly problem: string }

/** The pages that the header lists. */
export const pages = ["learn", "play", "scenarios", "replay", "live"] as const

export async function routeOf(hash: string): Promise<Route> {
  const [, page = "", ...rest] = hash.split("/")
  const tail = rest.join("/")
  switch (page) {
    case "":
      return { page: "start" }
    case "play":
      return playRoute(rest)
    case "embed":
      return rest.length === 1 ? sharedRoute(tail, (shown) => ({ page, shown })) : { page, shown: tail }
    case "learn":
      return { page: "learn", lesson: rest[0] ?? null, step: stepIn(rest[1]) }
    case "scenarios":
      return { page: "scenarios", name: tail === "" ? null : tail }
    case "replay":
      return { page }
    case "live":
      return { page, token: tail === "" ? null : tail }
    default:
      return { page: "problem", problem: `There is no page "${page}" here.` }
  }
}

/** Steps count from 1; what is no number leads to the first. */
function stepIn(text = "1"): number {
  return /^\d{1,3}$/.test(text) ? Math.max(1, Number(text)) : 1
}

/** `#/play`, `#/play/seed/7` for a playground that is the same for everybody, or what somebody shared. */
async function playRoute([first = "", second = ""]: readonly string[]): Promise<Route> {
  if (first === "") return { page: "play", seed: null, ...(await keptOnThisDevice()) }
  if (first === "seed") {
    const isSeed = /^\d{1,10}$/.test(second) && Number(second) <= 0xffff_ffff
    return isSeed
      ? { page: "play", shared: null, seed: Number(second), isKept: false }
      : { page: "problem", problem: `"${second}" is no seed: it has to be a number from 0 to 4294967295.` }
  }
  return sharedRoute(first, (shared) => ({ page: "play", shared, seed: null, isKept: false }))
}

/** The run that was left here a moment ago, if there is one. */
async function keptOnThisDevice(): Promise<{ readonly shared: Shared | null; readonly isKept: boolean }> {
  const storage = keptRunStorage()
  // Most people come for the first time.
  if (storage === null) return { shared: null, isKept: false }
  const { keptRun } = await import("./model/sharing/kept-run.ts")
  const shared = keptRun(storage)
  return { shared, isKept: shared !== null }
}

/** Null if nothing was kept; a browser may also forbid to look. */
function keptRunStorage(): Storage | null {
  try {
    return sessionStorage.getItem("oarlock.run") === null ? null : sessionStorage
  } catch {
    return null
  }
}

/** What was shared, or what is wrong with it. */
async function sharedRoute(text: string, routeTo: (shared: Shared) => Route): Promise<Route> {
  // Most people come without a link: what reads one is fetched for those who do.
  const { BadLink, decodeShare } = await import("./model/sharing/share.ts")
  try {
    return routeTo(await decodeShare(text))
  } catch (error) {
    if (error instanceof BadLink) return { page: "problem", problem: error.message }
    throw error
  }
}
