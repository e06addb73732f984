/** The rules that are checked after every event: how many, and which one is broken if one is. */

import { checkers, ruleOf } from "oarlock/simulator"
import type { Player } from "../player.ts"

export function Invariants({ player }: { readonly player: Player }) {
  const { violation } = player.look().world
  return (
    <section class={`panel invariants ${violation === null ? "" : "violated"}`} aria-label="Invariants">
      <details open={violation !== null}>
        <summary>
          {violation === null
            ? `✓ ${checkers.length} rules hold, checked after each of ${player.session.step} events`
            : `✕ ${violation.checker} is violated at event ${player.session.step}`}
        </summary>
        {violation !== null && (
          <p class="violation" role="alert">
            {violation.reason}
          </p>
        )}
        <ul>
          {checkers.map(({ name }) => (
            <li key={name} class={violation?.checker === name ? "broken" : ""}>
              <span aria-hidden="true">{violation?.checker === name ? "✕" : "✓"}</span> <b>{name}</b>: {ruleOf(name)?.rule}
              <i> {ruleOf(name)?.paper}</i>
            </li>
          ))}
        </ul>
      </details>
    </section>
  )
}
