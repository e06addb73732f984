/** Roles over time: a ribbon for each node, coloured by term, high while it leads. */

import { useState } from "preact/hooks"
import type { Facts } from "../../model/observed/facts.ts"
import type { NodePicture } from "../../model/observed/picture.ts"
import type { Span } from "../../model/observed/ribbon.ts"
import { colorOfTerm } from "../palette.ts"

const windows = [
  { name: "1 minute", ms: 60_000 },
  { name: "5 minutes", ms: 300_000 },
  { name: "1 hour", ms: 3_600_000 },
] as const

const width = 1000
const height = 26

export function Ribbons({ facts }: { readonly facts: Facts }) {
  const [chosen, setChosen] = useState(0)
  const { nodes, now } = facts.picture.value
  const { ms } = windows[chosen]!
  return (
    <section class="panel" aria-label="Roles over time">
      <div class="panel-head">
        <h2>Roles over time</h2>
        <label>
          last{" "}
          <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
            {windows.map(({ name }, place) => (
              <option key={name} value={place}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="ribbons">
        {nodes.map((node) => (
          <RibbonOf key={node.id} node={node} from={now - ms} until={now} />
        ))}
      </div>
      <p class="legend">Colour is the term. High: leads · low: follows · dashed: campaigns · empty line: no answer.</p>
    </section>
  )
}

function RibbonOf({ node, from, until }: { readonly node: NodePicture; readonly from: number; readonly until: number }) {
  const spans = node.sight?.ribbon.spans(from, until) ?? []
  const x = (at: number): number => ((at - from) / (until - from)) * width
  const led = [...new Set(spans.filter(({ role }) => role === "leader").map(({ term }) => term))]
  const label = `${node.name}: ${led.length === 0 ? "led no term" : `led ${led.length === 1 ? "term" : "terms"} ${led.join(", ")}`} in this time`
  return (
    <div class="ribbon">
      <span class="name">{node.name}</span>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {spans.map((span) => (
          <SpanShape key={span.at} span={span} left={x(span.at)} right={x(span.until)} />
        ))}
      </svg>
      <span class="term">{termOf(spans.at(-1))}</span>
    </div>
  )
}

function SpanShape({ span, left, right }: { readonly span: Span; readonly left: number; readonly right: number }) {
  const { role, term } = span
  const width = Math.max(right - left, 1)
  if (role === "away") return <line class="away" x1={left} x2={left + width} y1={height - 2} y2={height - 2} />
  const top = role === "leader" ? 0 : role === "follower" ? height - 8 : height - 16
  const isCampaign = role === "candidate" || role === "preCandidate"
  return (
    <rect class={isCampaign ? "campaign" : role} x={left} width={width} y={top} height={height - top} style={{ fill: colorOfTerm(term) }}>
      <title>{`${role}, term ${term}`}</title>
    </rect>
  )
}

function termOf(span: Span | undefined): string {
  if (span === undefined) return ""
  return span.role === "away" ? "no answer" : `${span.role === "leader" ? "leads" : "term"} ${span.term}`
}
