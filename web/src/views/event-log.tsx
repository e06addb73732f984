/** What happened, in plain sentences with the rule behind each. A click goes there. */

import { useEffect, useRef, useState } from "preact/hooks"
import { stops, type Player, type Stop } from "../player.ts"
import type { Moment } from "../session/moment.ts"
import type { Session } from "../session/session.ts"

/** Rows that exist at once: the latest that match. */
const rowsMax = 60

export function EventLog({ player }: { readonly player: Player }) {
  const [search, setSearch] = useState("")
  const [server, setServer] = useState(0)
  const list = useRef<HTMLOListElement>(null)
  const session = player.look()
  const { nodeIds } = session.world
  const { value: selection } = player.selection
  const flight = selection?.kind === "message" ? session.branch.ledger.flightOf(selection.name) : null
  const isLinked = ({ step, servers }: Moment): boolean =>
    flight !== null ? step === flight.sentStep || step === flight.end?.step : selection?.kind === "server" && servers.includes(selection.id)
  const isNamed = (moment: Moment): boolean => moment === session.moment || (flight !== null && isLinked(moment))
  const rows = latest(session, search.trim().toLowerCase(), nodeIds.includes(server) ? server : 0, isNamed)
  useEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight
  }, [session.step, search, server])
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
      <div class="actions event-options">
        <label>
          about{" "}
          <select value={server} onChange={(event) => setServer(Number(event.currentTarget.value))}>
            <option value={0}>everybody</option>
            {nodeIds.map((id) => (
              <option key={id} value={id}>{`S${id}`}</option>
            ))}
          </select>
        </label>
        <span class="stops">
          <span>pause at the next</span>
          {(Object.keys(stops) as Stop[]).map((stop) => (
            <label key={stop}>
              <input type="checkbox" checked={player.stopsAt.value.has(stop)} onChange={() => player.toggleStop(stop)} /> {stop}
            </label>
          ))}
        </span>
      </div>
      <ol ref={list} tabIndex={0} aria-label="Events, the latest last">
        {rows.map((moment) => (
          <li key={moment.step} class={`${moment.step === session.step ? "present" : ""} ${isLinked(moment) ? "linked" : ""}`}>
            <button type="button" class="when" onClick={() => player.seek(moment.step)} title={moment.title}>
              {`${moment.at.toFixed(1)} ms`}
            </button>
            <div>
              {(moment.sentences.length === 0 ? [moment.title] : moment.sentences).map((sentence, position) => (
                <p key={position}>{sentence}</p>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** What is named is there even if nothing is to be said about it, unless somebody looks for something else. */
function latest(
  { branch, moment: present, step }: Session,
  search: string,
  server: number,
  isNamed: (moment: Moment) => boolean,
): Moment[] {
  const rows: Moment[] = []
  for (let position = step; position >= 0 && rows.length < rowsMax; position--) {
    const moment = position === step ? present : branch.moments[position]!
    const { sentences, servers } = moment
    if (server !== 0 && !servers.includes(server)) continue
    if (search === "" ? sentences.length > 0 || isNamed(moment) : sentences.some((sentence) => sentence.toLowerCase().includes(search))) {
      rows.push(moment)
    }
  }
  return rows.toReversed()
}
