/** What else there is to do with time: jumps, branches, and how clicks and calm time are taken. Apart, because few ask for it at first. */

import { resumeAll, timeOutAll } from "../../model/time-machine/compound-actions.ts"
import type { Player } from "../../model/time-machine/player.ts"
import { Control } from "./control.tsx"

export function MoreTime({ player }: { readonly player: Player }) {
  // Its boxes say how things are.
  void [player.hurries.value, player.actsAtOnce.value]
  const { branch } = player.timeMachine
  const isElection = (step: number): boolean => branch.moments[step]?.elected != null
  const isCommit = (step: number): boolean => step > 0 && branch.moments[step]!.committed > branch.moments[step - 1]!.committed
  return (
    <div class="more-sheet">
      <span class="row">
        Election
        <Control name="To the election before" keys="Shift+←" act={() => player.jump(-1, isElection)}>
          ⇤ before
        </Control>
        <Control name="To the next election" keys="Shift+→" act={() => player.jump(1, isElection)}>
          next ⇥
        </Control>
      </span>
      <span class="row">
        Commit
        <Control name="To the commit before" act={() => player.jump(-1, isCommit)}>
          ⇤ before
        </Control>
        <Control name="To the next commit" act={() => player.jump(1, isCommit)}>
          next ⇥
        </Control>
      </span>
      <span class="row">
        Round
        <Control name="One round on: until all that is on its way now has ended" act={() => player.round()}>
          one on ⇥
        </Control>
      </span>
      <span class="row">
        Servers
        <Control name="Let all election timers run out at once" keys="A" act={() => player.act(...timeOutAll(player.timeMachine))}>
          all time out
        </Control>
        <Control
          name="Start every server that is down, resume every one that stands still"
          keys="G"
          act={() => player.act(...resumeAll(player.timeMachine))}
        >
          all go on
        </Control>
      </span>
      <span class="row">
        Branch
        <Control name="Begin a branch here" keys="B" act={() => player.fork()}>
          begin here
        </Control>
      </span>
      <label>
        <input type="checkbox" checked={player.hurries.value} onChange={(event) => (player.hurries.value = event.currentTarget.checked)} />{" "}
        skip idle time
      </label>
      <label>
        <input
          type="checkbox"
          checked={player.actsAtOnce.value}
          onChange={(event) => (player.actsAtOnce.value = event.currentTarget.checked)}
        />{" "}
        one click crashes and drops
      </label>
    </div>
  )
}
