/** The client: what it may ask of which server, what came of it, and how long that took. */

import type { ScriptedRequest } from "oarlock/simulator"
import { useMemo, useState } from "preact/hooks"
import type { Player } from "../../model/time-machine/player.ts"
import { judge, type Judgement } from "../../model/world/client-history.ts"
import type { Names } from "../../model/world/names.ts"
import { nameOfRequest, requestsOf } from "../../model/world/requests.ts"

/** The latest requests that are listed. */
const requestsShown = 12

export function ClientPanel({ player }: { readonly player: Player }) {
  const [chosen, setTarget] = useState(1)
  const [register, setRegister] = useState(1)
  const timeMachine = player.lookInTurn(4)
  // Another cluster may have fewer servers.
  const target = timeMachine.world.nodeIds.includes(chosen) ? chosen : 1
  const requests = requestsOf(timeMachine.world)
  const answers = requests.filter(({ outcome }) => outcome !== null).length
  const judgement = useMemo(() => judge(requests), [timeMachine.branch, requests.length, answers])
  const first = Math.min(...requests.slice(-requestsShown).map(({ askedAt }) => askedAt))
  return (
    <section class="panel client" aria-label="Client">
      <h2>Client</h2>
      <div class="actions">
        <label>
          ask{" "}
          <select value={target} onChange={(event) => setTarget(Number(event.currentTarget.value))}>
            {timeMachine.world.nodeIds.map((id) => (
              <option key={id} value={id}>{`S${id}`}</option>
            ))}
          </select>
        </label>
        <label>
          about{" "}
          <select value={register} onChange={(event) => setRegister(Number(event.currentTarget.value))}>
            {[1, 2, 3, 4].map((one) => (
              <option key={one} value={one}>
                {timeMachine.names.key(one)}
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
      <Verdict judgement={judgement} requests={requests} names={timeMachine.names} />
      <ol class="requests" aria-label="Requests, the latest first">
        {requests
          .slice(-requestsShown)
          .toReversed()
          .map((request) => (
            <li
              key={request.operation.id}
              class={`${request.outcome?.kind ?? "waiting"} ${contradicts(judgement, request) ? "contradicts" : ""}`}
            >
              {describeRequest(request, timeMachine.names)}
              <Bar request={request} from={first} to={timeMachine.world.now} />
            </li>
          ))}
      </ol>
    </section>
  )
}

/** From the question to the answer, among those of the others. */
function Bar({
  request: { askedAt, outcome },
  from,
  to,
}: {
  readonly request: ScriptedRequest
  readonly from: number
  readonly to: number
}) {
  const scale = 100 / Math.max(1, to - from)
  const left = (askedAt - from) * scale
  const width = ((outcome?.at ?? to) - askedAt) * scale
  return <span class="bar" aria-hidden="true" style={{ marginLeft: `${left}%`, width: `max(3px, ${Math.min(width, 100 - left)}%)` }} />
}

interface VerdictProps {
  readonly judgement: Judgement
  readonly requests: readonly ScriptedRequest[]
  readonly names: Names
}

function contradicts(judgement: Judgement, { operation }: ScriptedRequest): boolean {
  return judgement.kind === "contradictory" && judgement.ids.includes(operation.id)
}

/** Whether what clients were told can be true, judged from their side alone. */
function Verdict({ judgement, requests, names }: VerdictProps) {
  if (requests.length === 0) return null
  if (judgement.kind === "explained") return <p class="hint">✓ An order of events explains all answers.</p>
  if (judgement.kind === "undecided") return <p class="hint">Too many requests at once to say whether an order explains all answers.</p>
  const told = judgement.ids.map((id) => requests.find(({ operation }) => operation.id === id)!)
  return (
    <div class="judgement" role="alert">
      <p>✕ No order of events explains these answers:</p>
      <ul>
        {told.map((request) => (
          <li key={request.operation.id}>{describeRequest(request, names)}</li>
        ))}
      </ul>
    </div>
  )
}

/** What the client was last told that a register holds; 0 for nothing. */
function latestValue(player: Player, register: number): number {
  let value = 0
  for (const { operation, outcome } of requestsOf(player.timeMachine.world)) {
    if (operation.register !== register) continue
    if (outcome?.kind === "answered") value = outcome.value
    if (outcome?.kind === "committed" && outcome.changed) value = operation.kind === "delete" ? 0 : operation.id
  }
  return value
}

function describeRequest(request: ScriptedRequest, names: Names): string {
  const { node, outcome, askedAt } = request
  const asked = `${nameOfRequest(request, names)}, asked S${node}`
  if (outcome === null) return `${asked}: waiting`
  const after = `after ${(outcome.at - askedAt).toFixed(0)} ms`
  switch (outcome.kind) {
    case "committed":
      return `${asked}: ${outcome.changed ? "committed" : "found another value, changed nothing"} at index ${outcome.index} ${after}`
    case "answered":
      return `${asked}: ${names.value(outcome.value)}, as of index ${outcome.index} ${after}`
    case "rejected":
      return `${asked}: rejected, ${outcome.reason}${outcome.leader === null ? "" : `, ask S${outcome.leader}`} ${after}`
    case "unknown":
      return `${asked}: nobody knows whether it was done, ${after}`
    default:
      return outcome satisfies never
  }
}
