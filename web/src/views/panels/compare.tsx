/** This branch beside another one at the same moment, with what is different marked. */

import type { LogIndex, NodeId } from "oarlock/core"
import type { World } from "oarlock/simulator"
import { useMemo, useState } from "preact/hooks"
import type { BranchRecord } from "../../model/time-machine/branch-record.ts"
import type { Branch } from "../../model/time-machine/branch.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { worldTime } from "../../model/time-machine/world-time.ts"
import { cellOf, differencesBetween, stepAt } from "../../model/world/compare.ts"
import type { Names } from "../../model/world/names.ts"
import { colorOfTerm } from "../palette.ts"
import { RingPicture } from "../ring/ring-picture.tsx"

/** Columns of the logs that are shown: the latest ones up to where something is different. */
const columnsShown = 8

export function Compare({ player }: { readonly player: Player }) {
  const timeMachine = player.lookInTurn(5)
  const { branches, branch, world } = timeMachine
  const others = branches.filter((one) => one !== branch)
  const [chosen, setChosen] = useState<number | null>(null)
  const [by, setBy] = useState<"time" | "events">("time")
  const other = others.find(({ id }) => id === chosen) ?? others.find(({ id }) => id === branch.left?.branch) ?? others.at(-1)
  const step = other === undefined ? 0 : by === "time" ? stepAt(other, world.now) : Math.min(timeMachine.step, other.moments.length - 1)
  const there = useMemo(
    () => (other === undefined ? null : timeMachine.worldOf(other.id, step)),
    [timeMachine, other, step, other?.moments.length, other?.actions.length],
  )
  if (other === undefined || there === null) {
    return (
      <section class="compare" aria-label="Compare">
        <p class="hint">
          There is one branch so far. Go back in time and do something else, or begin a branch with B: then two can be compared.
        </p>
      </section>
    )
  }
  const differences = differencesBetween(world, there)
  const marked = new Set(differences.filter(({ facts, indexes }) => facts.length > 0 || indexes.length > 0).map(({ id }) => id))
  const isPast = by === "time" ? other.moments.at(-1)!.at < world.now : timeMachine.step > step
  return (
    <section class="compare" aria-label="Compare">
      <div class="actions">
        <label>
          with{" "}
          <select value={other.id} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
            {others.map((one) => (
              <option key={one.id} value={one.id}>
                {nameOf(one)}
              </option>
            ))}
          </select>
        </label>
        <label>
          at the same{" "}
          <select value={by} onChange={(event) => setBy(event.currentTarget.value as "time" | "events")}>
            <option value="time">virtual time</option>
            <option value="events">number of events</option>
          </select>
        </label>
        <p class="hint">
          {marked.size === 0 ? "No server is different." : `Different: ${[...marked].map((id) => `S${id}`).join(", ")}.`}
          {isPast ? " The other branch ends before that." : ""}
        </p>
      </div>
      <div class="compare-sides">
        <Side
          world={world}
          other={there}
          record={branch.record}
          title={nameOf(branch)}
          step={timeMachine.step}
          marked={marked}
          names={timeMachine.names}
        />
        <Side
          world={there}
          other={world}
          record={other.record}
          title={nameOf(other)}
          step={step}
          marked={marked}
          names={timeMachine.names}
        />
      </div>
      {marked.size > 0 && (
        <table class="compare-facts">
          <thead>
            <tr>
              <th scope="col">server</th>
              <th scope="col">{nameOf(branch)}</th>
              <th scope="col">{nameOf(other)}</th>
            </tr>
          </thead>
          <tbody>
            {differences
              .filter(({ facts }) => facts.length > 0)
              .map(({ id, facts }) => (
                <tr key={id}>
                  <th scope="row">{`S${id}`}</th>
                  <td>{facts.map((fact) => `${fact.name} ${fact.one}`).join(", ")}</td>
                  <td>{facts.map((fact) => `${fact.name} ${fact.other}`).join(", ")}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

interface SideProps {
  readonly world: World
  readonly other: World
  readonly record: BranchRecord
  readonly title: string
  readonly step: number
  readonly marked: ReadonlySet<NodeId>
  readonly names: Names
}

function Side({ world, other, record, title, step, marked, names }: SideProps) {
  const last = Math.max(1, ...[world, other].flatMap((one) => one.views.map(({ lastIndex }) => lastIndex)))
  const indexes = Array.from({ length: Math.min(columnsShown, last) }, (_, position) => Math.max(1, last - columnsShown + 1) + position)
  return (
    <div class="compare-side">
      <h3>{`${title}, event ${step}, ${worldTime(world.now)}`}</h3>
      <RingPicture world={world} record={record} names={names} label={`${title}: the servers after event ${step}`} marked={marked} />
      <table class="compare-logs">
        <caption class="spoken">{`Logs of ${title}`}</caption>
        <thead>
          <tr>
            <td />
            {indexes.map((index) => (
              <th key={index} scope="col">
                {index}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {world.nodeIds.map((id) => (
            <tr key={id}>
              <th scope="row">{`S${id}`}</th>
              {indexes.map((index) => (
                <Cell key={index} names={names} world={world} other={other} id={id} index={index} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell({
  world,
  other,
  id,
  index,
  names,
}: {
  readonly world: World
  readonly other: World
  readonly id: NodeId
  readonly index: LogIndex
  readonly names: Names
}) {
  const [here, there] = [cellOf(world, id, index, names), cellOf(other, id, index, names)]
  const isDifferent = here?.term !== there?.term || here?.label !== there?.label || here?.isCommitted !== there?.isCommitted
  return (
    <td
      class={`${here === null ? "empty" : here.isCommitted ? "entry" : "entry uncommitted"} ${isDifferent ? "different-cell" : ""}`}
      style={here === null ? {} : { "--term": colorOfTerm(here.term) }}
    >
      {here === null ? "" : `${here.term} ${here.label}`}
      {isDifferent && <span class="unequal"> ≠</span>}
    </td>
  )
}

function nameOf({ id, left }: Branch): string {
  return left === null ? "branch 1" : `branch ${id} (left ${left.branch} at event ${left.step})`
}
