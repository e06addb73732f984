/** Play: a cluster to do anything with. */

import { useMemo, useState } from "preact/hooks"
import { newPlayground } from "../model/opening/new-playground.ts"
import type { Opened } from "../model/opening/open-trace.ts"
import { serversMax } from "../model/opening/play-options.ts"
import type { Shared } from "../model/sharing/share.ts"
import { Player, viewNames } from "../model/time-machine/player.ts"
import { Later } from "../views/later.tsx"
import { ShareBar } from "../views/sharing/share-bar.tsx"
import { useTitle } from "../views/use-title.ts"
import { Workbench } from "./workbench.tsx"

interface PlayProps {
  readonly shared: Shared | null
  /** Null: another one each time. */
  readonly seed: number | null
}

export function PlayPage({ shared, seed }: PlayProps) {
  const fresh = useMemo(
    () => (shared === null ? { timeMachine: newPlayground(5, seed ?? freshSeed()), isSame: true } : null),
    [shared, seed],
  )
  if (fresh !== null) return <Playground opened={fresh} shared={null} seed={seed} />
  const children = (opened: Opened) => <Playground opened={opened} shared={shared} seed={seed} />
  return <Later load={loadOpening} props={{ trace: shared!.trace, children }} />
}

const loadFirstTask = () => import("../views/controls/first-task.tsx").then((module) => module.FirstTask)
/** Most people come without a run of somebody else. */
const loadOpening = () => import("./opening.tsx").then((module) => module.Opening)

function Playground({ opened, shared, seed }: PlayProps & { readonly opened: Opened }) {
  useTitle("Play")
  const [servers, setServers] = useState(opened.timeMachine.options.nodes)
  const [isShared, setShared] = useState(shared !== null)
  const player = useMemo(() => {
    const made = new Player(opened.timeMachine)
    made.isPlaying.value = shared === null
    if (shared !== null) made.stand({ step: shared.step, done: shared.done ?? Infinity }, true)
    made.view.value = viewNames.find((name) => name === shared?.view) ?? "logs"
    return made
  }, [opened])
  const begin = (count: number): void => {
    setServers(count)
    setShared(false)
    player.open(newPlayground(count, seed ?? freshSeed()))
    player.isPlaying.value = true
  }
  return (
    <Workbench player={player}>
      <section class="panel" aria-label="Cluster">
        <div class="actions">
          <label>
            servers{" "}
            <select value={servers} onChange={(event) => begin(Number(event.currentTarget.value))}>
              {Array.from({ length: serversMax }, (_, position) => position + 1).map((count) => (
                <option key={count} value={count}>
                  {count}
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={() => begin(servers)}>
            Start over
          </button>
          <ShareBar player={player} />
        </div>
        {!isShared ? (
          <Later load={loadFirstTask} props={{ player }} isPart key={player.timeMachine.options.seed} />
        ) : (
          <p class={opened.isSame ? "same" : "different"}>
            {opened.isSame
              ? "✓ Replayed identically: the same events, the same state."
              : "✕ This version comes to another state than the one that made the link."}
          </p>
        )}
      </section>
    </Workbench>
  )
}

function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}
