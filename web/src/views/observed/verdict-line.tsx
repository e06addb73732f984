/** How the cluster is, in one line, and what to do if it is not there. */

import type { Facts } from "../../model/observed/facts.ts"
import { verdictOf } from "../../model/observed/verdict.ts"

const marks = { asking: "…", healthy: "✓", degraded: "!", leaderless: "?", down: "✕", violation: "✕" } as const

interface VerdictLineProps {
  readonly facts: Facts
  /** Whether something can be done about it now. */
  readonly isPresent?: boolean
}

export function VerdictLine({ facts, isPresent = false }: VerdictLineProps) {
  const verdict = verdictOf(facts.cluster, facts.picture.value)
  return (
    <section class={`verdict ${verdict.kind}`} aria-label="Verdict">
      <span class="mark" aria-hidden="true">
        {marks[verdict.kind]}
      </span>
      <div>
        <h1>{verdict.text}</h1>
        <p class="source">{verdict.source}</p>
      </div>
      {/* Ages would be read out twice a second. */}
      <p class="spoken" role="status">
        {verdict.text.replace(/ for [^·]+(?= ·)/, "").replace(/ · the last .*/, "")}
      </p>
      {isPresent && verdict.kind === "down" && <WhatToDo />}
    </section>
  )
}

function WhatToDo() {
  return (
    <p class="what-to-do">
      Nothing that was acknowledged is lost: it is on the nodes' disks. Start them again (<code>npm start</code>, or each node's own
      service) and this page goes on by itself. If they run, see whether this machine reaches their client addresses.
    </p>
  )
}
