/** Every sign of the ring, the logs and the tape, with what it means. */

import type { ComponentChildren } from "preact"
import { ServerShape } from "./server-shape.tsx"

export function LegendSigns({ hasTape }: { readonly hasTape: boolean }) {
  return (
    <div class="signs-sheet">
      <section>
        <h3>Servers</h3>
        <dl>
          <Server role="leader">leads</Server>
          <Server role="follower">follows</Server>
          <Server role="candidate">asks for votes; below it, the votes it has</Server>
          <Server role="preCandidate">asks whether it could win</Server>
          <Server role="learner">learns, has no vote</Server>
          <Server role="down">is down</Server>
        </dl>
        <p>Colour is the term. The arc inside is the election timer, on a leader the next heartbeat.</p>
      </section>
      <section>
        <h3>Messages</h3>
        <dl>
          <Message glyph="V">vote request</Message>
          <Message glyph="P">pre-vote request</Message>
          <Message glyph="A">entries</Message>
          <Message glyph="♥">heartbeat</Message>
          <Message glyph="S">snapshot</Message>
          <Message glyph="✓" isReply>
            yes
          </Message>
          <Message glyph="✕" isReply>
            no
          </Message>
        </dl>
        <p>Drag across the ring to cut links. Click anything to act on it.</p>
      </section>
      <section>
        <h3>Logs</h3>
        <dl>
          <Sign sign={<span class="swatch committed" />}>committed</Sign>
          <Sign sign={<span class="swatch uncommitted" />}>not committed</Sign>
          <Sign sign={<span class="swatch line" />}>committed up to here</Sign>
          <Sign sign="✓">applied up to here</Sign>
          <Sign sign="●">the leader knows that this log is equal up to here</Sign>
          <Sign sign="▲">the leader sends this entry next</Sign>
        </dl>
      </section>
      {hasTape && (
        <section>
          <h3>Tape</h3>
          <dl>
            <Sign sign="┃">election</Sign>
            <Sign sign="╷">commit, below</Sign>
            <Sign sign="▀">something broken, above</Sign>
            <Sign sign="╵">something asked for, above</Sign>
          </dl>
        </section>
      )}
    </div>
  )
}

function Sign({ sign, children }: { readonly sign: ComponentChildren; readonly children: string }) {
  return (
    <div>
      <dt>{sign}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Server({ role, children }: { readonly role: string; readonly children: string }) {
  return (
    <Sign
      sign={
        <svg class="topology still" viewBox="-32 -36 64 64" aria-hidden="true">
          <g class={`server ${role}`}>
            <ServerShape role={role} radius={18} color="var(--idle)" />
          </g>
        </svg>
      }
    >
      {children}
    </Sign>
  )
}

function Message({ glyph, isReply = false, children }: { readonly glyph: string; readonly isReply?: boolean; readonly children: string }) {
  return (
    <Sign
      sign={
        <svg class="topology still" viewBox="-13 -13 26 26" aria-hidden="true">
          <g class="message">
            <circle class={isReply ? "dot outlined" : "dot"} r={9} style={isReply ? { stroke: "var(--idle)" } : { fill: "var(--idle)" }} />
            <text class={isReply ? "glyph outlined" : "glyph"} y={4}>
              {glyph}
            </text>
          </g>
        </svg>
      }
    >
      {children}
    </Sign>
  )
}
