/** The rules that are checked after every event: how many, and which one is broken if one is. */

import { checkers, ruleOf } from "oarlock/simulator/internal"
import type { Player } from "../../model/time-machine/player.ts"

export function Invariants({ player }: { readonly player: Player }) {
  const { violation } = player.lookInTurn(4).world
  if (violation === null) {
    return (
      <section class="panel invariants" aria-label="Invariants">
        <details>
          <summary>{`✓ ${checkers.length} rules hold, checked after each of ${player.timeMachine.step} events`}</summary>
          <Rules names={checkers.map(({ name }) => name)} />
        </details>
      </section>
    )
  }
  const others = checkers.filter(({ name }) => name !== violation.checker).map(({ name }) => name)
  return (
    <section class="panel invariants violated" aria-label="Invariants">
      <h2 class="violation">{`✕ ${nameOfRule(violation.checker)} is violated at event ${player.timeMachine.step}`}</h2>
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

/** Where there is room for one view at a time, a broken rule is told above all of them, and leads to what it says. */
export function BrokenRule({ player }: { readonly player: Player }) {
  const { violation } = player.lookInTurn(4).world
  return violation === null ? null : (
    <div class="broken-rule" role="alert">
      <button type="button" onClick={() => (player.view.value = "rules")}>
        {`✕ ${nameOfRule(violation.checker)} is violated at event ${player.timeMachine.step}`}
      </button>
    </div>
  )
}

function Rules({ names }: { readonly names: readonly string[] }) {
  return (
    <ul>
      {names.map((name) => (
        <li key={name}>
          <span aria-hidden="true">✓</span> <b>{nameOfRule(name)}</b>: {sentenceOf(name)}
        </li>
      ))}
    </ul>
  )
}

/** `State Machine Safety`, as the paper writes it. */
function nameOfRule(checker: string): string {
  return checker
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ")
}

/** What the rule demands, and where that is written; some checkers look at something that no paper has. */
function sentenceOf(name: string): string {
  const rule = ruleOf(name)
  return rule === null ? name : rule.paper === null ? rule.rule : `${rule.rule} (${rule.paper})`
}
