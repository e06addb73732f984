/**
 * All logs, one below the other, aligned by index. A cell has the entry's term on top and its command below; pale and dashed is not committed. One
 * line goes through all rows behind what each server knows to be committed, a tick marks the last entry that it has applied, and what the leader knows
 * of it (`matchIndex`, `nextIndex`) stands under its cells. Of a server that is down, what would be there after a restart: terms, as its disk has them.
 * Only the columns that are in view exist.
 */

import type { Entry, NodeId } from "oarlock/core"
import type { DurableView, NodeState, WorldOptions } from "oarlock/simulator"
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import type { Purge } from "../../model/time-machine/branch-record.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { labelOfEntry } from "../../model/world/entry-label.ts"
import type { Names } from "../../model/world/names.ts"
import { memo } from "../memo.ts"
import { colorOfTerm } from "../palette.ts"

const columnWidth = 64
/** World milliseconds for which a purge can be seen. */
const purgeShownMs = 60
/** Columns beyond the edge, so that scrolling shows no gap. */
const columnsAround = 2

interface LogView {
  /** The left edge in pixels; null while it follows the end. */
  readonly left: number | null
  readonly width: number
}

export function LogTable({ player }: { readonly player: Player }) {
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState<LogView>({ left: null, width: 640 })
  const { world } = player.lookInTurn(1)
  const states = world.nodeIds.map((id) => {
    const state = world.stateOf(id)
    return { id, state, disk: state === null ? world.durable(id) : null }
  })
  const purges = recentPurges(player)
  // With a place for what comes next: there a leader's nextIndex points.
  const lastIndex =
    1 +
    Math.max(
      0,
      ...states.map(({ state, disk }) => (state?.last ?? { index: disk?.lastIndex ?? 0 }).index),
      ...purges.map(({ through }) => through),
    )
  const left = view.left ?? Math.max(0, lastIndex * columnWidth - view.width)
  const from = Math.max(1, Math.floor(left / columnWidth) + 1 - columnsAround)
  const through = Math.min(lastIndex, Math.ceil((left + view.width) / columnWidth) + columnsAround)
  const leader = states.map(({ state }) => state).find((state) => state?.role === "leader" && isNewest(state, states)) ?? null

  const look = (next: LogView): void => setView((before) => (before.left === next.left && before.width === next.width ? before : next))
  const follows = useRef(true)
  follows.current = view.left === null
  // Right after the table was laid out: to ask for its width before would lay out the page once more.
  useLayoutEffect(() => {
    const element = box.current!
    const watcher = new ResizeObserver(() => {
      if (follows.current) element.scrollLeft = element.scrollWidth
      look({ left: follows.current ? null : element.scrollLeft, width: element.clientWidth })
    })
    watcher.observe(element.firstElementChild!)
    return () => watcher.disconnect()
  }, [])

  const onScroll = (): void => {
    const { scrollLeft, clientWidth, scrollWidth } = box.current!
    const isAtEnd = scrollLeft + clientWidth >= scrollWidth - columnWidth
    look({ left: isAtEnd ? null : scrollLeft, width: clientWidth })
  }
  const columns = Array.from({ length: Math.max(0, through - from + 1) }, (_, position) => from + position)

  return (
    <div class="log-table">
      <div class="log-names" aria-hidden="true">
        <div class="log-head">log</div>
        {states.map(({ id, state }) => (
          <button
            type="button"
            key={id}
            class={`log-name ${isSelected(player, id) ? "selected" : ""}`}
            tabIndex={-1}
            onClick={() => player.select({ kind: "server", id })}
          >
            S{id}
            {state?.role === "leader" ? " ♛" : ""}
          </button>
        ))}
      </div>
      <div class="log-scroll" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label="Logs of all servers">
        <table style={{ width: `${lastIndex * columnWidth}px` }}>
          <thead>
            <tr>
              <Spacer width={(from - 1) * columnWidth} />
              {columns.map((index) => (
                <th key={index % columns.length} scope="col" style={{ width: `${columnWidth}px` }}>
                  {index}
                </th>
              ))}
              <Spacer width={(lastIndex - through) * columnWidth} />
            </tr>
          </thead>
          <tbody>
            {states.map(({ id, state, disk }, position) => (
              <Row
                key={id}
                player={player}
                id={id}
                state={state}
                disk={disk}
                committedAbove={states[position - 1]?.state?.commitIndex ?? null}
                leader={leader}
                purges={purges.filter((purge) => purge.id === id)}
                columns={columns}
                left={from - 1}
                right={lastIndex - through}
              />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

interface RowProps {
  readonly player: Player
  readonly id: NodeId
  readonly state: NodeState | null
  /** Of a server that is down. */
  readonly disk: DurableView | null
  /** How far the server in the row above has committed; null if there is none, or if it is down. */
  readonly committedAbove: number | null
  readonly leader: NodeState | null
  readonly purges: readonly Purge[]
  readonly columns: readonly number[]
  readonly left: number
  readonly right: number
}

function Row({ player, id, state, disk, committedAbove, leader, purges, columns, left, right }: RowProps) {
  const { world, names } = player.lookInTurn(1)
  const known = leader?.followers.find((follower) => follower.id === id) ?? null
  const entries = new Map(world.entriesOf(id, columns[0] ?? 1, columns.at(-1) ?? 0).map((entry) => [entry.index, entry]))
  return (
    <tr data-log={id} class={isSelected(player, id) ? "selected" : ""}>
      <Spacer width={left * columnWidth} />
      {columns.map((index) => {
        const marks = known === null ? "" : `${known.matchIndex === index ? "●" : ""}${known.nextIndex === index ? "▲" : ""}`
        const isPurged = purges.some(({ from, through }) => from <= index && index <= through)
        const term = disk?.termAt(index) ?? null
        if (term !== null) return <OnDisk key={index} term={term} marks={marks} />
        return (
          <Cell
            // A column that comes into view takes the elements of one that is gone.
            key={index % columns.length}
            workload={world.options.workload}
            names={names}
            index={index}
            entry={entries.get(index)}
            base={state?.base.index ?? disk?.snapshotIndex ?? 0}
            isCommitted={index <= (state?.commitIndex ?? 0)}
            line={state === null ? "" : lineAt(index, state.commitIndex, committedAbove)}
            isApplied={index === state?.appliedIndex}
            marks={marks}
            isPurged={isPurged}
          />
        )
      })}
      <Spacer width={right * columnWidth} />
    </tr>
  )
}

interface CellProps {
  readonly workload: WorldOptions["workload"]
  readonly names: Names
  readonly index: number
  readonly entry: Entry | undefined
  /** Up to there a snapshot stands for the log. */
  readonly base: number
  readonly isCommitted: boolean
  /** Where the commit line runs at this cell. */
  readonly line: string
  readonly isApplied: boolean
  readonly marks: string
  /** Whether an entry has just been removed here. */
  readonly isPurged: boolean
}

const Cell = memo(({ workload, names, index, entry, base, isCommitted, line, isApplied, marks, isPurged }: CellProps) => {
  if (entry === undefined) {
    const isCovered = index <= base
    if (isPurged && !isCovered) return <td class={`purged ${line}`}>✕ purged</td>
    return (
      <td class={`${isCovered ? "stub" : "empty"} ${line}`}>{isCovered ? index === base ? "snapshot" : "" : <Marks marks={marks} />}</td>
    )
  }
  return (
    <td
      class={`entry ${isCommitted ? "committed" : "uncommitted"} ${isApplied ? "applied" : ""} ${isPurged ? "replaced" : ""} ${line}`}
      style={{ "--term": colorOfTerm(entry.term) }}
    >
      <span class="entry-term">{entry.term}</span>
      <span class="entry-label">{labelOfEntry(entry, workload, names)}</span>
      <Marks marks={marks} />
      {isPurged && (
        <span class="replaced-mark" title="Another entry was here until just now">
          ✕
        </span>
      )}
    </td>
  )
})

/** Behind the last committed entry it runs down; above those that make the difference to the row above it runs across. */
function lineAt(index: number, committed: number, above: number | null): string {
  const isDown = index === committed ? "line-after" : committed === 0 && index === 1 ? "line-before" : ""
  const isAcross = above !== null && index > Math.min(above, committed) && index <= Math.max(above, committed)
  return isAcross ? `${isDown} line-above` : isDown
}

function OnDisk({ term, marks }: { readonly term: number; readonly marks: string }) {
  return (
    <td class="on-disk" style={{ "--term": colorOfTerm(term) }}>
      <span class="entry-term">{term}</span>
      on disk
      <Marks marks={marks} />
    </td>
  )
}

function recentPurges({ timeMachine }: Player): readonly Purge[] {
  const { purges } = timeMachine.branch.record
  const since = timeMachine.world.now - purgeShownMs
  const found: Purge[] = []
  for (let position = purges.length - 1; position >= 0 && purges[position]!.at >= since; position--) {
    if (purges[position]!.order <= timeMachine.order) found.push(purges[position]!)
  }
  return found
}

function Marks({ marks }: { readonly marks: string }) {
  return marks === "" ? null : (
    <span class="marks" title="● matchIndex, ▲ nextIndex: what the leader knows of this log">
      {marks}
    </span>
  )
}

/** Stands for the columns that are out of view. */
function Spacer({ width }: { readonly width: number }) {
  return width <= 0 ? null : <td class="spacer" style={{ width: `${width}px` }} />
}

function isSelected(player: Player, id: NodeId): boolean {
  const { value } = player.selection
  return value?.kind === "server" && value.id === id
}

function isNewest(state: NodeState, states: readonly { readonly state: NodeState | null }[]): boolean {
  return states.every((other) => other.state?.role !== "leader" || other.state.term <= state.term)
}
