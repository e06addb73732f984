/**
 * What the reader of this page may do, and how it is done: nothing without a token; with that of `oarlock dev` break real processes and operate the
 * cluster; with a node's operator token operate it.
 *
 * The token comes in the part of the address behind `#`, which no browser sends to any server, and moves from there into this tab's memory, so
 * that an address that is copied, or seen on a screen, gives nothing away.
 */

import type { DevStatus } from "../dev-status.ts"

const storageKey = "oarlock-live-token"
const controlMs = 20_000
const operatorMs = 8_000

export type DevAction =
  | { readonly action: "status" }
  | { readonly action: "kill" | "pause" | "resume" | "restart"; readonly target: string }
  | { readonly action: "cut"; readonly from: string; readonly to: string; readonly oneWay: boolean }
  | { readonly action: "heal"; readonly from: string | null; readonly to: string | null }

/** It was not done, or nobody knows; in words. */
export class RefusedError extends Error {
  /** It was not the right token. */
  readonly isForbidden: boolean

  constructor(message: string, options: { readonly isForbidden?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.isForbidden = options.isForbidden === true
  }
}

/** Takes the token out of the address, and remembers it for this tab. */
export function takeToken(fromAddress: string | null): string | null {
  if (fromAddress !== null) {
    sessionStorage.setItem(storageKey, fromAddress)
    history.replaceState(null, "", "#/live")
  }
  return sessionStorage.getItem(storageKey)
}

export function keepToken(token: string): void {
  sessionStorage.setItem(storageKey, token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(storageKey)
}

/** Asks the supervisor, which is where this page came from. Throws `RefusedError`. */
export async function askSupervisor(token: string, action: DevAction): Promise<DevStatus & { readonly message: string }> {
  const headers = { "X-Oarlock-Chaos-Token": token, "Content-Type": "application/json" }
  return post(`${location.origin}/`, headers, action, controlMs, "The supervisor")
}

/** Asks a node. Throws `RefusedError`. */
export async function askOperator<Answer>(token: string, address: string, path: string, body: object): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }
  return post(`${location.protocol}//${address}/operator/${path}`, headers, body, operatorMs, address)
}

async function post<Answer>(url: string, headers: Record<string, string>, body: object, timeoutMs: number, who: string): Promise<Answer> {
  let response: Response
  let answer: unknown
  try {
    response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(timeoutMs) })
    answer = await response.json()
  } catch (error) {
    const isLate = (error as Error).name === "TimeoutError"
    throw new RefusedError(`${who} does not answer${isLate ? " in time: nobody knows whether it was done" : ""}.`, { cause: error })
  }
  if (response.ok) return answer as Answer
  const { error, outcome } = answer as { readonly error?: string; readonly outcome?: string }
  const words = error ?? `${who} answers with ${response.status}`
  const isForbidden = response.status === 403
  throw new RefusedError(outcome === "unknown" ? `${words} (nobody knows whether it was done: look before you try again)` : words, {
    isForbidden,
  })
}
