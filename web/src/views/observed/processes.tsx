/** The processes of `oarlock dev` while no node answers: what the supervisor says of them, and how to bring them back. */

import { inBackground } from "../../model/in-background.ts"
import type { LiveCluster } from "../../model/observed/live/live-cluster.ts"
import { SaidHere } from "./node-actions.tsx"

export function Processes({ live }: { readonly live: LiveCluster }) {
  const { value: dev } = live.dev
  if (dev === null) return null
  return (
    <section class="panel" aria-label="Processes">
      <h2>Processes</h2>
      <ul class="plain">
        {dev.nodes.map(({ id, name, state, client }) => (
          <li key={id}>
            {`${name} at ${client}: ${state} `}
            {state === "paused" ? (
              <button
                type="button"
                disabled={!live.armed.value}
                onClick={() => inBackground(live.breakIt({ action: "resume", target: name }))}
              >
                {`Resume ${name}`}
              </button>
            ) : (
              <button
                type="button"
                disabled={!live.armed.value}
                onClick={() => inBackground(live.breakIt({ action: "restart", target: name }))}
              >
                {`Start ${name}`}
              </button>
            )}
          </li>
        ))}
      </ul>
      {!live.armed.value && <p class="hint">Switch Arm on to bring them back.</p>}
      <SaidHere live={live} where="cluster" />
    </section>
  )
}
