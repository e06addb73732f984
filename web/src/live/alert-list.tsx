/** What is wrong, with what to do about it. */

import { alertsOf } from "./alerts.ts"
import type { Live } from "./live.ts"

const words = { violation: "Violation", trouble: "Trouble", notice: "Notice" } as const

export function Alerts({ live }: { readonly live: Live }) {
  const alerts = alertsOf(live.cluster, live.picture.value, live.dev.value)
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
