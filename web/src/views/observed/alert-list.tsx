/** What is wrong, with what to do about it. */

import { alertsOf } from "../../model/observed/alerts.ts"
import type { Facts } from "../../model/observed/facts.ts"

const words = { violation: "Violation", trouble: "Trouble", notice: "Notice" } as const

export function Alerts({ facts }: { readonly facts: Facts }) {
  const alerts = alertsOf(facts.cluster, facts.picture.value, facts.dev.value)
  if (alerts.length === 0) return null
  return (
    <section class="alerts" aria-label="Alerts">
      <ul>
        {alerts.map(({ id, level, text, advice }) => (
          <li key={id} class={level} data-alert={id}>
            <p>
              <strong>{words[level]}</strong> {text}
            </p>
            <p class="advice">{advice}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
