/** Scenarios: stories that are tests, told in the very words that the tests run. Some offer to break the rule that they are about. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { openStory, type Story } from "../model/opening/open-story.ts"
import { stories } from "../model/stories/stories.ts"
import { breakableOf, moralOf, passConditionOf, titleOf, type StoryText } from "../model/stories/story.ts"
import { Player } from "../model/time-machine/player.ts"
import { ShareBar } from "../views/sharing/share-bar.tsx"
import { Workbench } from "./workbench.tsx"

export function ScenariosPage({ name }: { readonly name: string | null }) {
  const chosen = stories.find((story) => story.name === name)
  if (chosen !== undefined) return <StoryStage key={chosen.name} story={chosen} />
  const found = [...new Set(stories.map((story) => story.name.slice(0, story.name.indexOf("/"))))]
  const groups = found.toSorted((one, other) => placeOf(one) - placeOf(other))
  return (
    <main class="cards">
      <h1>Scenarios</h1>
      {name !== null && <p class="notice" role="alert">{`There is no scenario "${name}" here; these are all.`}</p>}
      {groups.map((group) => (
        <section key={group} aria-label={group}>
          <h2>{group}</h2>
          <ul>
            {stories
              .filter((story) => story.name.startsWith(`${group}/`))
              .map((story) => (
                <Card key={story.name} story={story} />
              ))}
          </ul>
        </section>
      ))}
    </main>
  )
}

/** As one learns: who leads, what is replicated, then everything around it. */
const groupOrder = ["elections", "replication", "partitions", "membership", "snapshots", "clients", "reads", "machines", "disk"]

/** A group that nobody has thought of here comes last. */
function placeOf(group: string): number {
  const place = groupOrder.indexOf(group)
  return place === -1 ? groupOrder.length : place
}

function Card({ story }: { readonly story: StoryText }) {
  const { moral, source } = moralOf(story)
  return (
    <li class="card">
      <a href={`#/scenarios/${story.name}`}>{titleOf(story)}</a>
      <p>{moral}</p>
      <p class="source">
        Passes if <code>{passConditionOf(story)}</code>
      </p>
      <p class="source">
        {source}
        {breakableOf(story) === null ? "" : " · the rule can be broken"}
      </p>
    </li>
  )
}

function StoryStage({ story }: { readonly story: StoryText }) {
  const [isBroken, setBroken] = useState(false)
  const told = useMemo(() => openStory(story.text, story.name, isBroken), [story, isBroken])
  const player = useMemo(() => {
    const made = new Player(told.timeMachine)
    made.speed.value = 20
    made.isPlaying.value = true
    return made
  }, [told])
  const { moral, source } = moralOf(story)
  const rule = breakableOf(story)
  return (
    <Workbench key={String(isBroken)} player={player}>
      <section class="panel story" aria-label="Story">
        <p class="crumb">
          <a href="#/scenarios">All scenarios</a>
        </p>
        <h1>{titleOf(story)}</h1>
        <p>{moral}</p>
        <p class="source">{source}</p>
        {rule !== null && (
          <label class="break">
            <input type="checkbox" checked={isBroken} onChange={(event) => setBroken(event.currentTarget.checked)} /> break the rule:{" "}
            <b>{rule}</b>
          </label>
        )}
        <Lines player={player} told={told} />
        {told.failure !== null && (
          <p class="notice" role="alert">
            {told.failure}
          </p>
        )}
        <div class="actions">
          <ShareBar player={player} />
        </div>
      </section>
    </Workbench>
  )
}

/** The story itself; the line that was done last is marked, and a click on a line goes there. */
function Lines({ player, told }: { readonly player: Player; readonly told: Story }) {
  const list = useRef<HTMLOListElement>(null)
  const present = told.lines.findLastIndex(({ step, done }) => step + done <= player.lookInTurn(3).order)
  useEffect(() => {
    const line = list.current?.children[present] as HTMLElement | undefined
    if (line !== undefined) list.current!.scrollTop = line.offsetTop - list.current!.clientHeight / 2
  }, [present])
  return (
    <ol class="lines" ref={list}>
      {told.lines.map((line, position) => (
        <li key={position} class={position === present ? "present" : ""}>
          <button type="button" onClick={() => player.stand(line)}>
            {line.text}
          </button>
        </li>
      ))}
    </ol>
  )
}
