/** What happened, in plain sentences with the rule behind each. A click goes there. */

import { useLayoutEffect, useRef, useState } from "preact/hooks"
import type { Moment } from "../../model/time-machine/moment.ts"
import { stops, type Player, type Stop } from "../../model/time-machine/player.ts"
import type { TimeMachine } from "../../model/time-machine/time-machine.ts"
import { worldTime } from "../../model/time-machine/world-time.ts"
import { memo } from "../memo.ts"

/** Rows that exist at once: the latest that match. */
const rowsMax = 60

export function EventLog({ player }: { readonly player: Player }) {
  const [search, setSearch] = useState("")
  const [server, setServer] = useState(0)
  const box = useRef<HTMLDivElement>(null)
  /** Whether somebody has scrolled. The sheet keeps the end in view: to look where it is would lay out the page with every event. */
  const isAway = useRef(false)
  const timeMachine = player.lookInTurn(0)
  const { nodeIds } = timeMachine.world
  const { value: selection } = player.selection
  const flight = selection?.kind === "message" ? timeMachine.branch.record.flightOf(selection.name) : null
  const isLinked = ({ step, servers }: Moment): boolean =>
    flight !== null ? step === flight.sentStep || step === flight.end?.step : selection?.kind === "server" && servers.includes(selection.id)
  const isNamed = (moment: Moment): boolean => moment === timeMachine.moment || (flight !== null && isLinked(moment))
  const rows = latest(timeMachine, search.trim().toLowerCase(), nodeIds.includes(server) ? server : 0, isNamed)
  useLayoutEffect(() => {
    if (isAway.current) box.current!.scrollTop = 0
    isAway.current = false
  }, [timeMachine.step, search, server])
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
      <div ref={box} class="event-scroll" tabIndex={0} onScroll={() => (isAway.current = true)}>
        <ol aria-label="Events, the latest last">
          {rows.map((moment) => (
            <Row
              key={moment.step}
              player={player}
              moment={moment}
              isPresent={moment.step === timeMachine.step}
              isLinked={isLinked(moment)}
            />
          ))}
        </ol>
      </div>
    </section>
  )
}

interface RowProps {
  readonly player: Player
  readonly moment: Moment
  readonly isPresent: boolean
  readonly isLinked: boolean
}

const Row = memo(({ player, moment, isPresent, isLinked }: RowProps) => {
  const { step, title, at, sentences } = moment
  return (
    <li class={`${isPresent ? "present" : ""} ${isLinked ? "linked" : ""}`}>
      <button type="button" class="when" onClick={() => player.seek(step)} title={title}>
        {worldTime(at)}
      </button>
      <div>
        {(sentences.length === 0 ? [title] : sentences).map((sentence, position) => (
          <p key={position}>{sentence}</p>
        ))}
      </div>
    </li>
  )
})

/** What is named is there even if nothing is to be said about it, unless somebody looks for something else. */
function latest(
  { branch, moment: present, step }: TimeMachine,
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
