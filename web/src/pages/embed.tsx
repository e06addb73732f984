/**
 * Embed: one scenario, or one shared run, for a frame in another page. That page may lead it by messages; it is led by nobody else, and tells
 * nothing but what can be seen.
 */

import { useEffect, useMemo, useState } from "preact/hooks"
import { openStory, type Story } from "../model/opening/open-story.ts"
import { readCommand, type Command, type EmbedRefusal, type EmbedState } from "../model/sharing/embed-commands.ts"
import type { Shared } from "../model/sharing/share.ts"
import { findStory } from "../model/stories/find-story.ts"
import { captionAt, storyPace } from "../model/stories/story-pace.ts"
import { titleOf, type StoryText } from "../model/stories/story.ts"
import { Player } from "../model/time-machine/player.ts"
import type { BranchPosition, TimeMachine } from "../model/time-machine/time-machine.ts"
import { onKey } from "../views/controls/keyboard.ts"
import { partMissing } from "../views/later.tsx"
import { LogTable } from "../views/panels/log-table.tsx"
import { Legend } from "../views/ring/legend.tsx"
import { Topology } from "../views/ring/topology.tsx"
import { Caption } from "../views/stories/caption.tsx"
import { useTitle } from "../views/use-title.ts"
import { Opening } from "./opening.tsx"

export interface EmbedProps {
  /** A story by name, or a run that was shared. */
  readonly shown: string | Shared
}

export function EmbedPage({ shown }: EmbedProps) {
  if (typeof shown !== "string") {
    const { trace, step, done = Infinity } = shown
    const page = location.hash.replace("#/embed/", "#/play/")
    return (
      <Opening trace={trace}>
        {({ timeMachine }) => <Stage title="A run" page={page} timeMachine={timeMachine} from={{ step, done }} />}
      </Opening>
    )
  }
  return <Named key={shown} name={shown} />
}

function Named({ name }: { readonly name: string }) {
  const [story, setStory] = useState<StoryText | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const show = (found: StoryText | null): void => {
      setStory(found)
      if (found === null) setProblem(`There is no scenario "${name}" to be embedded; "replication/figure-8" is one.`)
    }
    findStory(name).then(show, () => setProblem(partMissing))
  }, [name])
  if (problem !== null) {
    return (
      <p class="notice" role="alert">
        {problem}
      </p>
    )
  }
  return story === null ? <main class="problem" aria-busy="true" /> : <Scenario story={story} />
}

function Scenario({ story }: { readonly story: StoryText }) {
  const told = useMemo(() => openStory(story.text, story.name, false), [story])
  // Before its first line everybody is only started: nothing to look at before Play is pressed.
  const from = told.lines[0] ?? { step: 0, done: 0 }
  return <Stage title={titleOf(story)} page={`#/scenarios/${story.name}`} timeMachine={told.timeMachine} from={from} story={told} />
}

interface StageProps {
  readonly title: string
  /** Where all of it can be seen. */
  readonly page: string
  readonly timeMachine: TimeMachine
  /** Where it stands at first. */
  readonly from: BranchPosition
  /** Null for a run that was shared. */
  readonly story?: Story | null
}

function Stage({ title, page, timeMachine: opened, from, story = null }: StageProps) {
  useTitle(title)
  const player = useMemo(() => {
    const made = new Player(opened)
    made.speed.value = 20
    made.stand(from)
    const pace = story === null ? null : storyPace(story)
    if (pace !== null) made.prepare(pace)
    return made
  }, [opened])
  useEffect(() => player.start(), [player])
  useEffect(() => listen(player, title), [player])
  const timeMachine = player.look()
  useEffect(() => tell(player, title), [timeMachine.step, timeMachine.branch, timeMachine.end, player.isPlaying.value])
  return (
    <main class="embed">
      <div class="embed-views">
        <div class="stage">
          <Topology player={player} hasMenus={false} />
          {story !== null && <Caption player={player} of={(position) => captionAt(story, position)} />}
        </div>
        <LogTable player={player} />
      </div>
      <div class="controls" role="toolbar" aria-label="Time">
        <button type="button" class="main" onClick={() => player.toggle()}>
          {player.isPlaying.value ? "❚❚ Pause" : "▶ Play"}
        </button>
        <button type="button" aria-label="One event back" onClick={() => player.back()}>
          ←
        </button>
        <button type="button" aria-label="One event on" onClick={() => player.forward()}>
          →
        </button>
        <input
          type="range"
          min={0}
          max={timeMachine.end}
          value={timeMachine.step}
          aria-label="Event"
          onInput={(event) => player.seek(Number(event.currentTarget.value))}
        />
        <Legend />
        <a href={page} target="_blank" rel="noreferrer">
          {`${title} in Oarlock`}
        </a>
      </div>
    </main>
  )
}

/** Messages of the page around, and keys pressed in here. */
function listen(player: Player, title: string): () => void {
  const onMessage = ({ source, data }: MessageEvent): void => {
    if (source !== parent || parent === self) return
    const command = readCommand(data)
    if (command === null) return
    if (typeof command === "string") post({ oarlock: 1, is: "problem", text: command })
    else obey(player, command)
    tell(player, title)
  }
  const onKeyDown = (event: KeyboardEvent): void => onKey(event, { player, showHelp: () => {} })
  addEventListener("message", onMessage)
  addEventListener("keydown", onKeyDown)
  return () => {
    removeEventListener("message", onMessage)
    removeEventListener("keydown", onKeyDown)
  }
}

function obey(player: Player, command: Command): void {
  switch (command.do) {
    case "play":
    case "pause":
      if (player.isPlaying.value !== (command.do === "play")) player.toggle()
      break
    case "forward":
      player.forward()
      break
    case "back":
      player.back()
      break
    case "seek":
      player.seek(command.step)
      break
    case "speed":
      player.keepsPace.value = false
      player.speed.value = command.perSecond
      break
    case "look":
      break
    default:
      command satisfies never
  }
}

function tell(player: Player, title: string): void {
  const { step, end, world } = player.timeMachine
  const leaders = world.views.filter(({ role }) => role === "leader").map(({ id }) => id)
  const term = Math.max(0, ...world.views.map((view) => view.term))
  const violated = world.violation?.checker ?? null
  post({ oarlock: 1, is: "state", title, step, end, at: world.now, isPlaying: player.isPlaying.value, leaders, term, violated })
}

/** The page around may be of any origin, so it is told nothing but what can be seen anyway. */
function post(message: EmbedState | EmbedRefusal): void {
  if (parent !== self) parent.postMessage(message, "*")
}
