/** What is selected, in full: a server's state as in the paper's Figure 2, or a message with what can be done to it. */

import type { NodeId } from "oarlock/core"
import type { InFlight, NodeState } from "oarlock/simulator"
import { describeMessage, labelOf } from "oarlock/simulator/internal"
import { useEffect, useRef } from "preact/hooks"
import { setBy, type Flight, type Standing } from "../../model/time-machine/branch-record.ts"
import { isNarrow, type Player, type Selection } from "../../model/time-machine/player.ts"
import { worldTime } from "../../model/time-machine/world-time.ts"
import { isCut } from "../../model/world/is-cut.ts"
import { shapeOf } from "../../model/world/message-shape.ts"
import { ActionBar } from "../controls/action-bar.tsx"

interface InspectorCardProps {
  readonly player: Player
  readonly selection: NonNullable<Selection>
}

export function InspectorCard({ player, selection }: InspectorCardProps) {
  if (selection.kind === "message") return <MessageCard player={player} name={selection.name} />
  if (selection.kind === "link") return <LinkCard player={player} one={selection.one} other={selection.other} />
  return <ServerCard key={selection.id} player={player} id={selection.id} />
}

function ServerCard({ player, id }: { readonly player: Player; readonly id: NodeId }) {
  const { world } = player.lookInTurn(4)
  const state = world.stateOf(id)
  return (
    <section class="panel inspector" tabIndex={-1} aria-label={`Inspector: S${id}`} data-inspector={id}>
      <h2>{`S${id}`}</h2>
      {!isNarrow() && <ActionBar player={player} selection={{ kind: "server", id }} />}
      {state === null ? <DownState player={player} id={id} /> : <State player={player} state={state} />}
      <Links player={player} id={id} />
    </section>
  )
}

/** For those who cannot point at a line. */
function Links({ player, id }: { readonly player: Player; readonly id: NodeId }) {
  const others = player.timeMachine.world.nodeIds.filter((other) => other !== id)
  if (others.length === 0) return null
  return (
    <div class="actions links">
      <h3>Links</h3>
      {others.map((other) => (
        <button
          key={other}
          type="button"
          aria-label={`Link to S${other}`}
          onClick={() => player.select({ kind: "link", one: Math.min(id, other), other: Math.max(id, other) })}
        >
          S{other}
        </button>
      ))}
    </div>
  )
}

function DownState({ player, id }: { readonly player: Player; readonly id: NodeId }) {
  const disk = player.lookInTurn(4).world.durable(id)
  return (
    <>
      <h3>On its disk</h3>
      <dl>
        <Field name="currentTerm" value={String(disk?.term ?? 0)} />
        <Field name="votedFor" value={nameOf(disk?.votedFor ?? null)} />
        <Field name="last log index" value={String(disk?.lastIndex ?? 0)} />
      </dl>
      <p class="hint">Its process is gone, and with it everything that was only in memory.</p>
    </>
  )
}

function State({ player, state }: { readonly player: Player; readonly state: NodeState }) {
  const { world } = player.lookInTurn(4)
  const timer = world.wakesAt(state.id) - world.now
  const why = (...facts: readonly (keyof Standing)[]): Why => whyOf(player, state.id, facts)
  return (
    <>
      <h3>Persistent state</h3>
      <dl>
        <Field name="currentTerm" value={String(state.term)} why={why("term")} />
        <Field name="votedFor" value={nameOf(state.votedFor)} why={why("votedFor")} />
        <Field
          name="log"
          value={`${state.base.index + 1} to ${state.last.index}, on disk to ${state.persistedIndex}`}
          why={why("baseIndex", "lastIndex", "persistedIndex")}
        />
      </dl>
      <h3>Volatile state</h3>
      <dl>
        <Field name="role" value={state.role} why={why("role")} />
        <Field name="leader" value={nameOf(state.leader)} why={why("leader")} />
        <Field name="commitIndex" value={String(state.commitIndex)} why={why("commitIndex")} />
        <Field name="lastApplied" value={String(state.appliedIndex)} why={why("appliedIndex")} />
        <Field
          name={state.role === "leader" ? "next heartbeat in" : "election timeout in"}
          value={`${Math.max(0, timer).toFixed(0)} ms`}
          isQuiet
        />
        <Field name="voters" value={state.configuration.voters.map((id) => `S${id}`).join(" ")} why={why("configurationIndex")} />
      </dl>
      {state.role === "leader" && (
        <>
          <h3>Only on leaders</h3>
          <table class="followers">
            <thead>
              <tr>
                <th scope="col">server</th>
                <th scope="col">nextIndex</th>
                <th scope="col">matchIndex</th>
                <th scope="col">state</th>
              </tr>
            </thead>
            <tbody>
              {state.followers.map((follower) => (
                <tr key={follower.id}>
                  <td>S{follower.id}</td>
                  <td>{follower.nextIndex}</td>
                  <td>{follower.matchIndex}</td>
                  <td>{follower.state}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </>
  )
}

function LinkCard({ player, one, other }: { readonly player: Player; readonly one: NodeId; readonly other: NodeId }) {
  const { cuts, links } = player.lookInTurn(4).world
  return (
    <section class="panel inspector" tabIndex={-1} aria-label={`Inspector: link between S${one} and S${other}`}>
      <h2>{`S${one} and S${other}`}</h2>
      <p>{`S${one} ${isCut(cuts, one, other) ? "cannot reach" : "reaches"} S${other}; S${other} ${isCut(cuts, other, one) ? "cannot reach" : "reaches"} S${one}.`}</p>
      {links
        .filter(({ from, to }) => (from === one && to === other) || (from === other && to === one))
        .map(({ from, to, dropRate = 0, latencyMs = 0, duplicateRate = 0 }, position) => (
          <p key={position} class="hint">
            {`From S${from} to S${to} `}
            {[
              dropRate > 0 ? `${Math.round(dropRate * 100)} % of the messages are lost` : "",
              latencyMs > 0 ? `messages take ${latencyMs} ms` : "",
              duplicateRate > 0 ? `${Math.round(duplicateRate * 100)} % of the messages come twice` : "",
            ]
              .filter(Boolean)
              .join(", ")}
            .
          </p>
        ))}
      {!isNarrow() && <ActionBar player={player} selection={{ kind: "link", one, other }} />}
    </section>
  )
}

function MessageCard({ player, name }: { readonly player: Player; readonly name: string }) {
  const timeMachine = player.lookInTurn(4)
  const found = timeMachine.world.inFlight().find((message) => message.name === name)
  const flight = timeMachine.branch.record.flightOf(name)
  return (
    <section class="panel inspector" tabIndex={-1} aria-label={`Inspector: ${name}`}>
      <h2>{name}</h2>
      {found !== undefined && <OnItsWay player={player} found={found} />}
      {found === undefined && flight !== null && <Ended player={player} flight={flight} />}
      {found === undefined && flight === null && <p class="hint">There is no such message on this branch.</p>}
    </section>
  )
}

function OnItsWay({ player, found }: { readonly player: Player; readonly found: InFlight }) {
  const { name, from, at, message } = found
  return (
    <>
      <p>{`S${from} ${describeMessage(message)}.`}</p>
      {!isNarrow() && <ActionBar player={player} selection={{ kind: "message", name }} />}
      <dl>
        <Field name="kind" value={`${shapeOf(message).name} (${labelOf(message)})`} />
        <Field name="term" value={String(message.term)} />
        <Field name="arrives" value={at === Infinity ? "held back" : `at ${worldTime(at)}`} />
      </dl>
    </>
  )
}

/** A message that is not on its way at this moment: where it was sent, and where it ended. */
function Ended({ player, flight }: { readonly player: Player; readonly flight: Flight }) {
  const { sentStep, sentAt, end, order } = flight
  const { sentence } = player.timeMachine.branch.record.wordsFor(flight)
  const isSent = order <= player.timeMachine.order
  return (
    <>
      <p>{`${sentence}.`}</p>
      <p class="hint">{isSent ? "It is not on its way any more." : "At this moment it is yet to be sent."}</p>
      <div class="actions">
        <button type="button" onClick={() => player.seek(sentStep)}>{`Sent at ${worldTime(sentAt)}`}</button>
        {end !== null && (
          <button type="button" onClick={() => player.seek(end.step)}>{`${fates[end.fate]} at ${worldTime(end.at)}`}</button>
        )}
      </div>
    </>
  )
}

const fates: Readonly<Record<NonNullable<Flight["end"]>["fate"], string>> = {
  arrived: "Arrived",
  lost: "Lost",
  dropped: "Dropped",
  cut: "Stopped by a cut",
  down: "Found nobody",
  refused: "Refused",
}

/** Goes to the event that gave a value; null where that is not known. */
type Why = (() => void) | "now" | null

function whyOf(player: Player, id: NodeId, facts: readonly (keyof Standing)[]): Why {
  const { timeMachine } = player
  const step = setBy(timeMachine.branch.record, id, timeMachine.order, facts)
  if (step === null) return null
  return step === timeMachine.step ? "now" : () => player.seek(step)
}

interface FieldProps {
  readonly name: string
  readonly value: string
  readonly isQuiet?: boolean
  readonly why?: Why
}

/** A value that has just changed says what it was, for a moment. */
function Field({ name, value, isQuiet = false, why = null }: FieldProps) {
  const before = useRef(value)
  const cell = useRef<HTMLElement>(null)
  useEffect(() => {
    if (before.current === value || isQuiet) return
    const element = cell.current
    element?.setAttribute("data-was", before.current)
    before.current = value
    element?.classList.remove("changed")
    // Reading a layout property in between makes the animation start anew.
    void element?.offsetWidth
    element?.classList.add("changed")
  }, [value, isQuiet])
  return (
    <div class="field">
      <dt>
        {name}
        {why === "now" && <span class="just-now">set by this event</span>}
        {typeof why === "function" && (
          <button type="button" class="why" aria-label={`Why is ${name} ${value}?`} title="Go to the event that set it" onClick={why}>
            why?
          </button>
        )}
      </dt>
      <dd ref={cell} data-field={name}>
        {value}
      </dd>
    </div>
  )
}

function nameOf(id: NodeId | null): string {
  return id === null ? "nobody" : `S${id}`
}
