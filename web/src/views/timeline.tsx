/** The past as a tape: terms as colours, elections and deeds as marks, a slider to go anywhere. Each branch has a tape of its own. */

import { useMemo } from "preact/hooks"
import type { Player } from "../player.ts"
import type { Branch } from "../session/branch.ts"
import { colorOfTerm } from "./palette.ts"

export function Timeline({ player }: { readonly player: Player }) {
  const session = player.look()
  const length = Math.max(1, ...session.branches.map(({ moments }) => moments.length - 1))
  return (
    <section class="timeline" aria-label="Timeline">
      <input
        type="range"
        min={0}
        max={session.end}
        value={session.step}
        style={{ width: `${(100 * session.end) / length}%` }}
        aria-label="Event"
        aria-valuetext={`event ${session.step} of ${session.end}, ${session.world.now.toFixed(1)} ms`}
        onInput={(event) => player.seek(Number(event.currentTarget.value))}
      />
      {session.branches.map((branch) => (
        <Tape key={branch.id} player={player} branch={branch} length={length} />
      ))}
    </section>
  )
}

function Tape({ player, branch, length }: { readonly player: Player; readonly branch: Branch; readonly length: number }) {
  const session = player.look()
  const isCurrent = branch === session.branch
  const end = branch.moments.length - 1
  const parts = useMemo(() => termsOf(branch), [branch, end])
  const marks = useMemo(() => marksOf(branch), [branch, end, branch.actions.length])
  const from = branch.left?.step ?? 0
  return (
    <button
      type="button"
      class={`tape ${isCurrent ? "current" : ""}`}
      aria-label={
        branch.left === null
          ? "The first branch"
          : `Branch ${branch.id}, which left branch ${branch.left.branch} after event ${branch.left.step}`
      }
      aria-pressed={isCurrent}
      data-branch={branch.id}
      onClick={() => {
        if (!isCurrent) player.changeBranch(branch.id)
      }}
    >
      <svg viewBox={`0 0 ${length} 10`} preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ start, through, term }) =>
          through < from ? null : (
            <rect
              key={start}
              x={Math.max(start, from)}
              y={2}
              width={Math.max(0.5, through - Math.max(start, from))}
              height={6}
              style={{ fill: colorOfTerm(term) }}
            />
          ),
        )}
        {marks.map(({ step, kind }) =>
          step < from ? null : <rect key={`${kind}${step}`} class={kind} x={step} y={0} width={length / 300} height={10} />,
        )}
        {isCurrent && <rect class="present" x={session.step} y={0} width={length / 250} height={10} />}
      </svg>
    </button>
  )
}

/** Stretches of the same term. */
function termsOf({ moments }: Branch): { readonly start: number; readonly through: number; readonly term: number }[] {
  const parts: { start: number; through: number; term: number }[] = []
  for (const { step, term } of moments) {
    const last = parts.at(-1)
    if (last?.term === term) last.through = step
    else {
      if (last !== undefined) last.through = step
      parts.push({ start: step, through: step, term })
    }
  }
  return parts
}

function marksOf({ moments, actions }: Branch): { readonly step: number; readonly kind: string }[] {
  const elections = moments.filter(({ elected }) => elected !== null).map(({ step }) => ({ step, kind: "election" }))
  return [...elections, ...actions.map(({ step }) => ({ step, kind: "deed" }))]
}
