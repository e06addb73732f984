/** The client: what it may ask of which server, what came of it, and how long that took. */

import type { ScriptedRequest } from "oarlock/simulator"
import { useState } from "preact/hooks"
import type { Player } from "../player.ts"
import { registerName, valueName } from "../session/names.ts"
import { nameOfRequest, requestsOf } from "../session/requests.ts"

/** The latest requests that are listed. */
const requestsShown = 12

export function ClientPanel({ player }: { readonly player: Player }) {
  const [target, setTarget] = useState(1)
  const [register, setRegister] = useState(1)
  const { world } = player.look()
  const requests = requestsOf(player.session.world)
  return (
    <section class="panel client" aria-label="Client">
      <h2>Client</h2>
      <div class="actions">
        <label>
          ask{" "}
          <select value={target} onChange={(event) => setTarget(Number(event.currentTarget.value))}>
            {world.nodeIds.map((id) => (
              <option key={id} value={id}>{`S${id}`}</option>
            ))}
          </select>
        </label>
        <label>
          about{" "}
          <select value={register} onChange={(event) => setRegister(Number(event.currentTarget.value))}>
            {[1, 2, 3, 4].map((one) => (
              <option key={one} value={one}>
                {registerName(one)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => player.ask(target, { kind: "put", register })}>
          Put
        </button>
        <button type="button" onClick={() => player.ask(target, { kind: "read", register, consistency: "linearizable" })}>
          Get
        </button>
        <button type="button" onClick={() => player.ask(target, { kind: "read", register, consistency: "stale" })}>
          Stale get
        </button>
        <button type="button" onClick={() => player.ask(target, { kind: "cas", register, expected: latestValue(player, register) })}>
          Compare and swap
        </button>
        <button type="button" onClick={() => player.ask(target, { kind: "delete", register })}>
          Delete
        </button>
      </div>
      <ol class="requests" aria-label="Requests, the latest first">
        {requests
          .slice(-requestsShown)
          .toReversed()
          .map((request) => (
            <li key={request.operation.id} class={request.outcome?.kind ?? "waiting"}>
              {describeRequest(request)}
            </li>
          ))}
      </ol>
    </section>
  )
}

/** What the client was last told that a register holds; 0 for nothing. */
function latestValue(player: Player, register: number): number {
  let value = 0
  for (const { operation, outcome } of requestsOf(player.session.world)) {
    if (operation.register !== register) continue
    if (outcome?.kind === "answered") value = outcome.value
    if (outcome?.kind === "committed" && outcome.changed) value = operation.kind === "delete" ? 0 : operation.id
  }
  return value
}

function describeRequest(request: ScriptedRequest): string {
  const { node, outcome, askedAt } = request
  const asked = `${nameOfRequest(request)}, asked S${node}`
  if (outcome === null) return `${asked}: waiting`
  const after = `after ${(outcome.at - askedAt).toFixed(0)} ms`
  switch (outcome.kind) {
    case "committed":
      return `${asked}: ${outcome.changed ? "committed" : "found another value, changed nothing"} at index ${outcome.index} ${after}`
    case "answered":
      return `${asked}: ${valueName(outcome.value)}, as of index ${outcome.index} ${after}`
    case "rejected":
      return `${asked}: rejected, ${outcome.reason}${outcome.leader === null ? "" : `, ask S${outcome.leader}`} ${after}`
    case "unknown":
      return `${asked}: nobody knows whether it was done, ${after}`
    default:
      return outcome satisfies never
  }
}
