/** What is selected, in full: a server's state as in the paper's Figure 2, or a message with what can be done to it. */

import type { NodeId } from "oarlock/core"
import { describeMessage, labelOf, type Action, type Cut, type InFlight, type NodeState } from "oarlock/simulator"
import { useEffect, useRef } from "preact/hooks"
import type { Player } from "../player.ts"
import { cutBetween, cutOneWay, heal, isolate, pause, worsen } from "../session/deeds.ts"
import { isCut } from "./is-cut.ts"
import { shapeOf } from "./message-shape.ts"

export function Inspector({ player }: { readonly player: Player }) {
  const { value: selection } = player.selection
  if (selection === null) {
    return (
      <section class="panel inspector" aria-label="Inspector">
        <h2>Inspector</h2>
        <p class="hint">Select a server or a message on its way to see everything about it and to act on it.</p>
      </section>
    )
  }
  if (selection.kind === "message") return <MessageCard player={player} name={selection.name} />
  if (selection.kind === "link") return <LinkCard player={player} one={selection.one} other={selection.other} />
  return <ServerCard key={selection.id} player={player} id={selection.id} />
}

function ServerCard({ player, id }: { readonly player: Player; readonly id: NodeId }) {
  const { world } = player.look()
  const state = world.stateOf(id)
  const isPaused = state !== null && world.busyUntil(id) > world.now
  const isCutOff = world.cuts.some(({ from, to }) => from.includes(id) || to.includes(id))
  return (
    <section class="panel inspector" aria-label={`Inspector: S${id}`} data-inspector={id}>
      <h2>{`S${id}`}</h2>
      <div class="actions" role="toolbar" aria-label={`Actions on S${id}`}>
        {state === null ? (
          <Deed name="Restart" hint="R" act={() => player.act({ kind: "restart", node: id })} />
        ) : (
          <Deed name="Crash" hint="C" act={() => player.act({ kind: "crash", node: id, powerLoss: false })} />
        )}
        {state !== null && (
          <>
            <Deed name="Cut the power" act={() => player.act({ kind: "crash", node: id, powerLoss: true })} />
            {isPaused ? (
              <Deed name="Resume" act={() => player.act({ kind: "resume", node: id })} />
            ) : (
              <Deed name="Pause" act={() => player.act(pause(id))} />
            )}
            <Deed name="Time out" hint="T" act={() => player.act({ kind: "timeout", node: id })} />
            <Deed name="Write" hint="W" act={() => player.ask(id, { kind: "put", register: 0 })} />
            <Deed name="Take snapshot" act={() => player.act({ kind: "takeSnapshot", node: id })} />
            <Deed name="Transfer here" act={() => transferTo(player, id)} />
          </>
        )}
        <Deed name="Wipe disk" act={() => player.act({ kind: "wipe", node: id })} />
        {isCutOff ? (
          <Deed name="Heal" hint="H" act={() => player.act(...heal(player.session))} />
        ) : (
          <Deed name="Isolate" hint="P" act={() => player.act(...isolate(player.session, id))} />
        )}
      </div>
      {state === null ? <DownState player={player} id={id} /> : <State player={player} state={state} />}
    </section>
  )
}

function DownState({ player, id }: { readonly player: Player; readonly id: NodeId }) {
  const disk = player.look().world.durable(id)
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
  const { world } = player.look()
  const timer = world.wakesAt(state.id) - world.now
  return (
    <>
      <h3>Persistent state</h3>
      <dl>
        <Field name="currentTerm" value={String(state.term)} />
        <Field name="votedFor" value={nameOf(state.votedFor)} />
        <Field name="log" value={`${state.base.index + 1} to ${state.last.index}, on disk to ${state.persistedIndex}`} />
      </dl>
      <h3>Volatile state</h3>
      <dl>
        <Field name="role" value={state.role} />
        <Field name="leader" value={nameOf(state.leader)} />
        <Field name="commitIndex" value={String(state.commitIndex)} />
        <Field name="lastApplied" value={String(state.appliedIndex)} />
        <Field
          name={state.role === "leader" ? "next heartbeat in" : "election timeout in"}
          value={`${Math.max(0, timer).toFixed(0)} ms`}
          isQuiet
        />
        <Field name="voters" value={state.configuration.voters.map((id) => `S${id}`).join(" ")} />
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
  const { cuts, links } = player.look().world
  const faults = new Set(
    [...cuts.filter((cut) => touches(cut, one, other)), ...links.filter(({ from, to }) => isBetween(from, to, one, other))].map(
      ({ fault }) => fault,
    ),
  )
  const cut = (from: NodeId, to: NodeId): Action[] => cutOneWay(player.session, from, to)
  return (
    <section class="panel inspector" aria-label={`Inspector: link between S${one} and S${other}`}>
      <h2>{`S${one} and S${other}`}</h2>
      <p>{`S${one} ${isCut(cuts, one, other) ? "cannot reach" : "reaches"} S${other}; S${other} ${isCut(cuts, other, one) ? "cannot reach" : "reaches"} S${one}.`}</p>
      <div class="actions" role="toolbar" aria-label="Actions on the link">
        <Deed name="Cut both ways" act={() => player.act(...cutBetween(player.session, [one], [other]))} />
        <Deed name={`Cut only S${one} to S${other}`} act={() => player.act(...cut(one, other))} />
        <Deed name={`Cut only S${other} to S${one}`} act={() => player.act(...cut(other, one))} />
        <Deed name="Lose every third" act={() => player.act(...worsen(player.session, one, other, { dropRate: 1 / 3 }))} />
        <Deed name="Slow" act={() => player.act(...worsen(player.session, one, other, { latencyMs: 100 }))} />
        <Deed name="Double" act={() => player.act(...worsen(player.session, one, other, { duplicateRate: 1 }))} />
        {faults.size > 0 && <Deed name="Heal" act={() => player.act(...[...faults].map((fault): Action => ({ kind: "heal", fault })))} />}
      </div>
    </section>
  )
}

function touches({ from, to }: Cut, one: NodeId, other: NodeId): boolean {
  return (from.includes(one) && to.includes(other)) || (from.includes(other) && to.includes(one))
}

function isBetween(from: NodeId, to: NodeId, one: NodeId, other: NodeId): boolean {
  return (from === one && to === other) || (from === other && to === one)
}

function MessageCard({ player, name }: { readonly player: Player; readonly name: string }) {
  const found = player
    .look()
    .world.inFlight()
    .find((message) => message.name === name)
  return (
    <section class="panel inspector" aria-label={`Inspector: ${name}`}>
      <h2>{name}</h2>
      {found === undefined ? <p class="hint">It is not on its way at this moment.</p> : <OnItsWay player={player} found={found} />}
    </section>
  )
}

function OnItsWay({ player, found }: { readonly player: Player; readonly found: InFlight }) {
  const { name, from, at, message } = found
  return (
    <>
      <p>{`S${from} ${describeMessage(message)}.`}</p>
      <div class="actions" role="toolbar" aria-label={`Actions on ${name}`}>
        <Deed name="Drop" act={() => player.act({ kind: "dropMessage", message: name })} />
        <Deed name="Delay" act={() => player.act({ kind: "delayMessage", message: name, byMs: 20 })} />
        <Deed name="Duplicate" act={() => player.act({ kind: "duplicateMessage", message: name })} />
        <Deed name="Deliver now" act={() => player.act({ kind: "deliverMessage", message: name })} />
        {at !== Infinity && <Deed name="Hold" act={() => player.act({ kind: "holdMessage", message: name })} />}
      </div>
      <dl>
        <Field name="kind" value={`${shapeOf(message).name} (${labelOf(message)})`} />
        <Field name="term" value={String(message.term)} />
        <Field name="arrives" value={at === Infinity ? "held back" : `at ${at.toFixed(1)} ms`} />
      </dl>
    </>
  )
}

function Deed({ name, hint, act }: { readonly name: string; readonly hint?: string; readonly act: () => unknown }) {
  return (
    <button type="button" onClick={() => void act()} {...(hint === undefined ? {} : { title: `${name} (${hint})` })}>
      {name}
    </button>
  )
}

/** A value that has just changed says what it was, for a moment. */
function Field({ name, value, isQuiet = false }: { readonly name: string; readonly value: string; readonly isQuiet?: boolean }) {
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
      <dt>{name}</dt>
      <dd ref={cell} data-field={name}>
        {value}
      </dd>
    </div>
  )
}

function transferTo(player: Player, to: NodeId): void {
  const { world } = player.look()
  const leader = world.views.find((view) => view.role === "leader")
  if (leader === undefined) player.notice.value = "Nobody leads, so there is nothing to transfer."
  else player.act({ kind: "transferLeadership", node: leader.id, to })
}

function nameOf(id: NodeId | null): string {
  return id === null ? "nobody" : `S${id}`
}
