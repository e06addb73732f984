/** What a first visit is for: three things to do, one after the other, each with its button lit. */

import { useState } from "preact/hooks"
import type { Player } from "../../model/time-machine/player.ts"

interface Task {
  readonly text: string
  readonly button: string
  /** Whether it can be done at this moment. */
  readonly isReady: (player: Player) => boolean
  /** Whether it was done: no more to do. */
  readonly act: (player: Player) => boolean
}

const tasks: readonly Task[] = [
  {
    text: "Five servers keep one log. One of them leads and tells the others, by heartbeats, that it is there. Take it away:",
    button: "Crash the leader",
    isReady: (player) => leaderOf(player) !== null,
    act: (player) => player.act({ kind: "crash", node: leaderOf(player)!, powerLoss: false }),
  },
  {
    text: "The others hear nothing any more. When the first election timer runs out, they elect another leader. Ask it to write something:",
    button: "Write x through the new leader",
    isReady: (player) => leaderOf(player) !== null,
    act: (player) => player.ask(leaderOf(player)!, { kind: "put", register: 1 }),
  },
  {
    text: "The write is in the logs below: dashed until a majority has it on disk. Bring the crashed server back, and see what it gets:",
    button: "Restart the crashed server",
    isReady: (player) => downOf(player) !== null,
    act: (player) => player.act({ kind: "restart", node: downOf(player)! }),
  },
]

export function FirstTask({ player }: { readonly player: Player }) {
  const [done, setDone] = useState(0)
  player.lookInTurn(4)
  const task = tasks[done]
  if (task === undefined) {
    return (
      <p class="hint">
        That was a failure, and nothing was lost. Now do what you like: click a server, a link or a message to act on it, or drag a line
        across the ring to cut it in two.
      </p>
    )
  }
  return (
    <div class="first-task">
      <p>{task.text}</p>
      <button
        type="button"
        class="main"
        disabled={!task.isReady(player)}
        onClick={() => {
          if (!task.act(player)) return
          player.isPlaying.value = true
          setDone(done + 1)
        }}
      >
        {task.button}
      </button>
      <button type="button" class="link-button" onClick={() => setDone(tasks.length)}>
        Skip
      </button>
    </div>
  )
}

/** The leader of the latest term; null while there is none. */
function leaderOf({ timeMachine }: Player): number | null {
  const leaders = timeMachine.world.views.filter(({ role }) => role === "leader")
  return leaders.toSorted((one, other) => other.term - one.term)[0]?.id ?? null
}

function downOf({ timeMachine: { world } }: Player): number | null {
  return world.nodeIds.find((id) => world.stateOf(id) === null) ?? null
}
