/** What happened, in plain sentences with the rule behind each. A click goes there. */

import { useEffect, useRef, useState } from "preact/hooks"
import type { Player } from "../player.ts"
import type { Moment } from "../session/moment.ts"

/** Rows that exist at once: the latest that match. */
const rowsMax = 120

export function EventLog({ player }: { readonly player: Player }) {
  const [search, setSearch] = useState("")
  const list = useRef<HTMLOListElement>(null)
  const session = player.look()
  const rows = latest(session.branch.moments, session.step, search.trim().toLowerCase())
  useEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight
  }, [session.step, search])
  return (
    <section class="panel event-log" aria-label="Event log">
      <div class="panel-head">
        <h2>What happened</h2>
        <input
          type="search"
          class="search"
          placeholder="Search ( / )"
          aria-label="Search what happened"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <ol ref={list} tabIndex={0} aria-label="Events, the latest last">
        {rows.map((moment) => (
          <li key={moment.step} class={moment.step === session.step ? "present" : ""}>
            <button type="button" class="when" onClick={() => player.seek(moment.step)} title={moment.title}>
              {`${moment.at.toFixed(1)} ms`}
            </button>
            <div>
              {moment.sentences.map((sentence, position) => (
                <p key={position}>{sentence}</p>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

function latest(moments: readonly Moment[], step: number, search: string): Moment[] {
  const rows: Moment[] = []
  for (let position = step; position >= 0 && rows.length < rowsMax; position--) {
    const moment = moments[position]!
    if (moment.sentences.length === 0) continue
    if (search === "" || moment.sentences.some((sentence) => sentence.toLowerCase().includes(search))) rows.push(moment)
  }
  return rows.toReversed()
}
