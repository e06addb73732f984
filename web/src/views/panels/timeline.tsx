/** The past as a tape: terms as colours, elections, actions and a broken rule as marks, a slider to go anywhere. Each branch has a tape of its own. */

import type { Branch } from "../../model/time-machine/branch.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { colorOfTerm } from "../palette.ts"

export function Timeline({ player }: { readonly player: Player }) {
  const timeMachine = player.lookInTurn(2)
  const length = Math.max(1, ...timeMachine.branches.map(({ moments }) => moments.length - 1))
  return (
    <section class="timeline" aria-label="Timeline">
      <input
        type="range"
        min={0}
        max={timeMachine.end}
        value={timeMachine.step}
        style={{ width: `${(100 * timeMachine.end) / length}%` }}
        aria-label="Event"
        aria-valuetext={`event ${timeMachine.step} of ${timeMachine.end}, ${timeMachine.world.now.toFixed(1)} ms`}
        onInput={(event) => player.seek(Number(event.currentTarget.value))}
      />
      {timeMachine.branches.map((branch) => (
        <Tape key={branch.id} player={player} branch={branch} length={length} />
      ))}
    </section>
  )
}

function Tape({ player, branch, length }: { readonly player: Player; readonly branch: Branch; readonly length: number }) {
  const timeMachine = player.lookInTurn(2)
  const isCurrent = branch === timeMachine.branch
  const { parts, elections } = courseOf(branch)
  const marks = [...elections.map((step) => ({ step, kind: "election" })), ...branch.actions.map(({ step }) => ({ step, kind: "action" }))]
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
        {branch.violatedAt !== null && (
          <rect class="violation" x={branch.violatedAt - length / 150} y={0} width={length / 150} height={10} />
        )}
        {isCurrent && <rect class="present" x={timeMachine.step} y={0} width={length / 250} height={10} />}
      </svg>
    </button>
  )
}

/** What a tape shows of its branch. */
interface Course {
  /** Stretches of the same term. */
  readonly parts: { readonly start: number; through: number; readonly term: number }[]
  /** Events in which somebody was elected. */
  readonly elections: number[]
  /** How many moments are in it. */
  moments: number
}

const courses = new WeakMap<Branch, Course>()

/** What came since it was last asked is added: to go through all of a long run takes longer than a frame may. */
function courseOf(branch: Branch): Course {
  const course = courses.get(branch) ?? { parts: [], elections: [], moments: 0 }
  courses.set(branch, course)
  const { parts, elections } = course
  // The last moment may be another one by now: something was done right after it.
  const from = Math.max(0, course.moments - 1)
  if (parts.at(-1)?.start === from) parts.pop()
  if (elections.at(-1) === from) elections.pop()
  for (let step = from; step < branch.moments.length; step++) {
    const { term, elected } = branch.moments[step]!
    const last = parts.at(-1)
    if (last !== undefined) last.through = step
    if (last?.term !== term) parts.push({ start: step, through: step, term })
    if (elected !== null) elections.push(step)
  }
  course.moments = branch.moments.length
  return course
}
