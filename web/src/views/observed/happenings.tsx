/** What happened: elections with their causes, and everything that the nodes told. */

import { useState } from "preact/hooks"
import { electionsOf } from "../../model/observed/elections.ts"
import type { Facts } from "../../model/observed/facts.ts"
import { timeOf } from "../../model/observed/time-text.ts"

const electionsShownMax = 8
/** The latest that fit; search finds the others. */
const eventsShownMax = 100

export function Elections({ facts }: { readonly facts: Facts }) {
  void facts.picture.value
  const elections = electionsOf(facts.cluster.events).slice(0, electionsShownMax)
  if (elections.length === 0) return null
  return (
    <section class="panel" aria-label="Elections">
      <h2>Elections</h2>
      <ol class="elections">
        {elections.map(({ term, at, candidates, winner }) => (
          <li key={term}>
            <p>
              <strong>{`Term ${term}`}</strong>{" "}
              {winner === null
                ? "nobody is known to have won"
                : `${winner.name} won with ${winner.votes} ${winner.votes === 1 ? "vote" : "votes"}`}
              <span class="source">{` · ${timeOf(at)}`}</span>
            </p>
            {candidates.map(({ name, because }) => (
              <p key={name} class="source">{`${name} campaigned: ${because}`}</p>
            ))}
          </li>
        ))}
      </ol>
    </section>
  )
}

export function Events({ facts }: { readonly facts: Facts }) {
  const [search, setSearch] = useState("")
  void facts.picture.value
  const { events } = facts.cluster
  const wanted = search.toLowerCase()
  const found = wanted === "" ? events : events.filter(({ event }) => event.text.toLowerCase().includes(wanted))
  const skipped = [...facts.cluster.sights.values()].filter((sight) => sight.skipped > 0)
  const lost = [...facts.cluster.sights.values()].filter((sight) => sight.feed === "lost")
  return (
    <section class="panel live-events" aria-label="Events">
      <div class="panel-head">
        <h2>What happened</h2>
        <input
          class="search"
          type="search"
          aria-label="Search events"
          placeholder="search"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      {skipped.map((sight) => (
        <p
          key={sight.address}
          class="source"
        >{`${sight.status?.self.name ?? sight.address}: ${sight.skipped} older events were skipped; it keeps the latest only.`}</p>
      ))}
      {lost.map((sight) => (
        <p key={sight.address} class="source">{`${sight.status?.self.name ?? sight.address}: no events come in at the moment.`}</p>
      ))}
      <div class="wide" tabIndex={0} role="region" aria-label="Events, the latest first">
        <ol>
          {found
            .slice(-eventsShownMax)
            .toReversed()
            .map(({ address, event, at }) => (
              <li key={`${address}-${event.id}-${event.utcMs}`}>
                <span class="source">{`${timeOf(at)} ${event.name}`}</span> {event.text}
              </li>
            ))}
        </ol>
      </div>
      <p class="legend">
        {found.length > eventsShownMax
          ? `The latest ${eventsShownMax} of ${found.length}`
          : `${found.length} ${found.length === 1 ? "event" : "events"}`}
      </p>
    </section>
  )
}
