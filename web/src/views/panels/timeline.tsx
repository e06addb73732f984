/**
 * The past as a tape: terms as colours, elections, commits, deeds and a broken rule as marks. Each branch has a tape of its own; the slider on the one
 * that is shown goes anywhere.
 */

import type { Branch } from "../../model/time-machine/branch.ts"
import { courseOf, kindOfDeed, type DeedKind } from "../../model/time-machine/course.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { worldTime } from "../../model/time-machine/world-time.ts"
import { colorOfTerm } from "../palette.ts"

export function Timeline({ player }: { readonly player: Player }) {
  const timeMachine = player.lookInTurn(2)
  const length = Math.max(1, ...timeMachine.branches.map(({ moments }) => moments.length - 1))
  return (
    <section class="timeline" aria-label="Timeline">
      {timeMachine.branches.map((branch) => (
        <Tape key={branch.id} player={player} branch={branch} length={length} />
      ))}
    </section>
  )
}

function Tape({ player, branch, length }: { readonly player: Player; readonly branch: Branch; readonly length: number }) {
  const timeMachine = player.lookInTurn(2)
  const isCurrent = branch === timeMachine.branch
  const { parts, elections, commits } = courseOf(branch)
  const deeds = (kind: DeedKind): number[] => branch.actions.filter(({ op }) => kindOfDeed(op) === kind).map(({ step }) => step)
  const from = branch.left?.step ?? 0
  return (
    <div class="tape-row">
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
          <path class="election" d={ticksAt(elections, from, 0, 10)} />
          <path class="commit" d={ticksAt(commits, from, 8, 10)} />
          <path class="fault" d={ticksAt(deeds("fault"), from, 0, 4)} />
          <path class="request" d={ticksAt(deeds("request"), from, 0, 2)} />
          {branch.violatedAt !== null && (
            <rect class="violation" x={branch.violatedAt - length / 150} y={0} width={length / 150} height={10} />
          )}
        </svg>
      </button>
      {isCurrent && (
        <input
          type="range"
          min={0}
          max={timeMachine.end}
          value={timeMachine.step}
          style={{ width: `${(100 * timeMachine.end) / length}%` }}
          aria-label="Event"
          aria-valuetext={`event ${timeMachine.step} of ${timeMachine.end}, ${worldTime(timeMachine.world.now)}`}
          onInput={(event) => player.seek(Number(event.currentTarget.value))}
        />
      )}
    </div>
  )
}

/** Thin lines at these events, from `top` to `bottom` of a tape that is ten high: one path, however many they are. */
function ticksAt(steps: readonly number[], from: number, top: number, bottom: number): string {
  return steps.map((step) => (step < from ? "" : `M${step} ${top}V${bottom}`)).join("")
}
