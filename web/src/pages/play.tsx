/** Play: a cluster to do anything with. */

import { useEffect, useMemo, useState } from "preact/hooks"
import { figure7Playground, newPlayground } from "../model/opening/new-playground.ts"
import type { Opened } from "../model/opening/open-trace.ts"
import { serversMax } from "../model/opening/play-options.ts"
import type { Shared } from "../model/sharing/share.ts"
import { Player, viewNames } from "../model/time-machine/player.ts"
import { version } from "../model/version.ts"
import { Later } from "../views/later.tsx"
import { ShareBar } from "../views/sharing/share-bar.tsx"
import { useTitle } from "../views/use-title.ts"
import { Workbench } from "./workbench.tsx"

/** In the list of how many servers there are: those of Figure 7. */
const figure7 = 0

interface PlayProps {
  readonly shared: Shared | null
  /** Null: another one each time. */
  readonly seed: number | null
  /** Whether what is shared is the run that was left here before. */
  readonly isKept: boolean
}

export function PlayPage({ shared, seed, isKept }: PlayProps) {
  const fresh = useMemo(
    () => (shared === null ? { timeMachine: newPlayground(5, seed ?? freshSeed()), isSame: true } : null),
    [shared, seed],
  )
  if (fresh !== null) return <Playground opened={fresh} shared={null} seed={seed} isKept={false} />
  const children = (opened: Opened) => <Playground opened={opened} shared={shared} seed={seed} isKept={isKept} />
  return <Later load={loadOpening} props={{ trace: shared!.trace, children }} />
}

const loadFirstTask = () => import("../views/controls/first-task.tsx").then((module) => module.FirstTask)
/** Most people come without a run of somebody else. */
const loadOpening = () => import("./opening.tsx").then((module) => module.Opening)

function Playground({ opened, shared, seed, isKept }: PlayProps & { readonly opened: Opened }) {
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
  // A run that an address leads to is there again by itself.
  useKept(player, seed === null && (shared === null || isKept))
  const begin = (count: number): void => {
    setServers(count)
    setShared(false)
    player.open(count === figure7 ? figure7Playground(seed ?? freshSeed()) : newPlayground(count, seed ?? freshSeed()))
    player.isPlaying.value = count !== figure7
  }
  return (
    <Workbench player={player}>
      <section class="panel" aria-label="Cluster">
        <div class="actions">
          <label>
            servers{" "}
            <select class="servers" value={servers} onChange={(event) => begin(Number(event.currentTarget.value))}>
              {Array.from({ length: serversMax }, (_, position) => position + 1).map((count) => (
                <option key={count} value={count}>
                  {count}
                </option>
              ))}
              <option value={figure7}>7, with the logs of Figure 7</option>
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
              ? isKept
                ? "✓ Your run, as you left it."
                : "✓ Replayed identically: the same events, the same state."
              : "✕ This version comes to another state than the one that made the link."}
          </p>
        )}
      </section>
    </Workbench>
  )
}

/** When the part that keeps runs is loaded, in milliseconds from the first picture. */
const keepAfterMs = 1_000

/** Keeps the run on this device when the page is left, if `isWanted`. */
function useKept(player: Player, isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return
    let keep: ((storage: Storage) => void) | null = null
    // After the first picture: what is loaded before it is for that.
    const later = setTimeout(() => {
      void import("../model/sharing/kept-run.ts").then(({ keepRun }) => {
        keep = (storage) => {
          const { timeMachine } = player
          const trace = timeMachine.trace({ coreVersion: version, mode: timeMachine.mode, build: timeMachine.buildName })
          const { step, done } = timeMachine.position
          keepRun({ trace, step, done, view: player.view.value }, storage)
        }
      }, ignoreMissing)
    }, keepAfterMs)
    const save = (): void => {
      try {
        keep?.(sessionStorage)
      } catch {
        // A browser may forbid to touch it.
      }
    }
    addEventListener("pagehide", save)
    return () => {
      clearTimeout(later)
      removeEventListener("pagehide", save)
      save()
    }
  }, [player, isWanted])
}

/** The part of the page that keeps runs cannot be loaded: then none is kept. */
function ignoreMissing(): void {}

function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}
