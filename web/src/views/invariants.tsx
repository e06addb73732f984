/** The rules that are checked after every event: how many, and which one is broken if one is. */

import { checkers, ruleOf } from "oarlock/simulator"
import type { Player } from "../player.ts"

export function Invariants({ player }: { readonly player: Player }) {
  const { violation } = player.lookInTurn(4).world
  if (violation === null) {
    return (
      <section class="panel invariants" aria-label="Invariants">
        <details>
          <summary>{`✓ ${checkers.length} rules hold, checked after each of ${player.session.step} events`}</summary>
          <Rules names={checkers.map(({ name }) => name)} />
        </details>
      </section>
    )
  }
  const others = checkers.filter(({ name }) => name !== violation.checker).map(({ name }) => name)
  return (
    <section class="panel invariants violated" aria-label="Invariants">
      <h2 class="violation">{`✕ ${violation.checker} is violated at event ${player.session.step}`}</h2>
      <p class="violation" role="alert">
        {violation.reason}
      </p>
      <p class="hint">{`The rule: ${sentenceOf(violation.checker)}`}</p>
      <details>
        <summary>{`The other ${others.length} rules`}</summary>
        <Rules names={others} />
      </details>
    </section>
  )
}

function Rules({ names }: { readonly names: readonly string[] }) {
  return (
    <ul>
      {names.map((name) => (
        <li key={name}>
          <span aria-hidden="true">✓</span> <b>{name}</b>: {sentenceOf(name)}
        </li>
      ))}
    </ul>
  )
}

/** What the rule demands, and where that is written; some checkers look at something that no paper has. */
function sentenceOf(name: string): string {
  const rule = ruleOf(name)
  return rule === null ? name : `${rule.rule} (${rule.paper})`
}
