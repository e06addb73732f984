/** Scenarios: stories that are tests. The ones to begin with, all others by section or by a word; one of them told. */

import { useMemo, useState } from "preact/hooks"
import { openStory } from "../model/opening/open-story.ts"
import { startHere } from "../model/stories/start-here.ts"
import { stories } from "../model/stories/stories.ts"
import { captionAt, storyPace } from "../model/stories/story-pace.ts"
import { breakableOf, matches, moralOf, passConditionOf, sectionOf, titleOf, type StoryText } from "../model/stories/story.ts"
import { Player } from "../model/time-machine/player.ts"
import { ShareBar } from "../views/sharing/share-bar.tsx"
import { Cards } from "../views/stories/cards.tsx"
import { Script } from "../views/stories/script.tsx"
import { useTitle } from "../views/use-title.ts"
import { Workbench } from "./workbench.tsx"

export function ScenariosPage({ name }: { readonly name: string | null }) {
  const chosen = stories.find((story) => story.name === name)
  if (chosen !== undefined) return <StoryStage key={chosen.name} story={chosen} />
  return <Index missing={name} />
}

/** As one learns: who leads, what is replicated, then everything around it. A section that is not listed here comes last. */
const sectionOrder = ["elections", "replication", "partitions", "membership", "snapshots", "clients", "reads", "machines", "disk"]

const placeOf = (section: string): number => {
  const place = sectionOrder.indexOf(section)
  return place === -1 ? sectionOrder.length : place
}

const sections = [...new Set(stories.map(sectionOf))].toSorted((one, other) => placeOf(one) - placeOf(other))

const first = "start here"

function Index({ missing }: { readonly missing: string | null }) {
  useTitle("Scenarios")
  const [search, setSearch] = useState("")
  const [section, setSection] = useState(first)
  const wanted = search.trim().toLowerCase()
  const shown =
    wanted !== ""
      ? stories.filter((story) => matches(story, wanted))
      : section === first
        ? startHere(stories)
        : stories.filter((story) => sectionOf(story) === section)
  return (
    <main class="cards">
      <h1>Scenarios</h1>
      <p>
        {`${stories.length} stories about clusters. Each is a test of the code that servers run, told here event by event; in some the rule that they are about can be broken.`}
      </p>
      {missing !== null && <p class="notice" role="alert">{`There is no scenario "${missing}" here; these are all.`}</p>}
      <div class="finder">
        <input
          type="search"
          class="search"
          placeholder="Search all: lease, torn, Figure 8 …"
          aria-label="Search the scenarios"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <Chips
          names={[first, ...sections]}
          chosen={wanted === "" ? section : null}
          choose={(name) => {
            setSearch("")
            setSection(name)
          }}
        />
      </div>
      <p class="hint" role="status">
        {shown.length === 0 ? `None has "${search.trim()}" in it.` : `${shown.length} of ${stories.length}`}
      </p>
      <Cards key={`${section} ${wanted}`} stories={shown} />
    </main>
  )
}

interface ChipsProps {
  readonly names: readonly string[]
  /** Null while something is searched for. */
  readonly chosen: string | null
  readonly choose: (name: string) => void
}

/** One stop for the tab key; the arrows go from chip to chip. */
function Chips({ names, chosen, choose }: ChipsProps) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = (Math.max(0, names.indexOf(chosen ?? "")) + step + names.length) % names.length
    choose(names[next]!)
    ;(event.currentTarget as HTMLElement).querySelectorAll("button")[next]!.focus()
  }
  return (
    <div class="chips" role="group" aria-label="Sections" onKeyDown={onKeyDown}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          tabIndex={name === (chosen ?? names[0]) ? 0 : -1}
          onClick={() => choose(name)}
        >
          {name}
        </button>
      ))}
    </div>
  )
}

function StoryStage({ story }: { readonly story: StoryText }) {
  const [isBroken, setBroken] = useState(false)
  const told = useMemo(() => openStory(story.text, story.name, isBroken), [story, isBroken])
  const player = useMemo(() => {
    const made = new Player(told.timeMachine)
    const pace = storyPace(told)
    if (pace === null) made.isPlaying.value = true
    else made.playAt(pace)
    return made
  }, [told])
  useTitle(titleOf(story))
  const { moral, source } = moralOf(story)
  const rule = breakableOf(story)
  return (
    <Workbench key={String(isBroken)} player={player} caption={(position) => captionAt(told, position)}>
      <section class="panel story" aria-label="Story">
        <p class="crumb">
          <a href="#/scenarios">All scenarios</a>
        </p>
        <h1>{titleOf(story)}</h1>
        <p>{moral}</p>
        {told.notes !== "" && <p>{told.notes}</p>}
        <p class="source">{`${source}. It passes if ${passConditionOf(story)}`}</p>
        {rule !== null && (
          <label class="break">
            <input type="checkbox" checked={isBroken} onChange={(event) => setBroken(event.currentTarget.checked)} /> break the rule:{" "}
            <b>{rule.replaceAll("-", " ")}</b>
          </label>
        )}
        <Script player={player} told={told} />
        {told.failure !== null && (
          <p class="notice" role="alert">
            {told.failure}
          </p>
        )}
        <div class="actions">
          <ShareBar player={player} story={story.name} />
        </div>
      </section>
    </Workbench>
  )
}
