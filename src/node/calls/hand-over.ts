/**
 * An orderly end: new requests are refused, requests under way finish, leadership goes to another server, all within a timeout.
 *
 * A request that is refused in the meantime was certainly not done, so its caller may try another server at once. Leadership goes last, because
 * requests under way finish soonest on the present leader; entries that are left in the log then are committed by the next leader, and answered here as
 * long as there is time. When the timeout has passed the node closes in any case, as after a crash.
 */

import type { Milliseconds } from "../../core/index.ts"
import type { Engine } from "../engine.ts"
import type { Receiver } from "./pending-requests.ts"

/** How long an orderly end may take by default, in milliseconds. */
export const handOverMs = 1_000

/** How often `handOver` checks whether all is finished, in milliseconds. */
export const lookEveryMs = 5

/** Resolves with null, or with a sentence that says what could not be finished in `timeoutMs`. */
export async function handOver(engine: Engine, timeoutMs: Milliseconds, leastTransferMs: Milliseconds): Promise<string | null> {
  const endsAt = performance.now() + timeoutMs
  engine.refuseNew("this node is about to stop; ask another one")
  // A request that hangs must not use up the time for the transfer: without it the cluster would wait for an election timeout as well.
  await finished(engine, endsAt - Math.min(leastTransferMs, timeoutMs / 2))
  const problem = await transferred(engine, endsAt)
  await finished(engine, endsAt)
  const left = engine.pendingRequests
  if (problem !== null || left === 0) return problem
  return `${left} requests were under way after ${timeoutMs} ms; their outcome is unknown`
}

/** Resolves when nothing is under way any more, or at `untilMs`. */
async function finished(engine: Engine, untilMs: Milliseconds): Promise<void> {
  while (engine.pendingRequests > 0 && engine.stoppedBecause === null && performance.now() < untilMs) await rest()
}

/** Transfers leadership, if this node leads and there is another voter. */
async function transferred(engine: Engine, untilMs: Milliseconds): Promise<string | null> {
  let problem: string | null = null
  while (engine.stoppedBecause === null && canHandOver(engine)) {
    if (performance.now() >= untilMs) return `leadership was not handed over${problem === null ? "" : `: ${problem}`}`
    problem = await Promise.race([transfer(engine), restUntil(untilMs)])
    if (problem !== null) await rest()
  }
  return null
}

function canHandOver(engine: Engine): boolean {
  const { role, configuration, id } = engine.status()
  return role === "leader" && configuration.voters.some((voter) => voter !== id)
}

/** One attempt: null, or why it failed. */
function transfer(engine: Engine): Promise<string | null> {
  return new Promise((resolve) => {
    const receiver: Receiver = {
      onCommitted: () => resolve(null),
      onAnswered: () => resolve(null),
      onRejected: (_tag, _reason, message) => resolve(message),
      onUnknown: (_tag, message) => resolve(message),
      onFailed: (_tag, message) => resolve(message),
    }
    engine.handLeadershipOver(receiver)
  })
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lookEveryMs))
}

function restUntil(untilMs: Milliseconds): Promise<string> {
  return new Promise((resolve) =>
    setTimeout(() => resolve("nobody took it over in time"), Math.max(0, untilMs - performance.now())).unref(),
  )
}
