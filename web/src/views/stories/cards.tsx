/** Stories as cards: what each shows, where that comes from, and whether its rule can be broken. One stop for the tab key; arrows go on from there. */

import { useState } from "preact/hooks"
import { breakableOf, moralOf, titleOf, type StoryText } from "../../model/stories/story.ts"

export function Cards({ stories }: { readonly stories: readonly StoryText[] }) {
  const [stop, setStop] = useState(0)
  const onKeyDown = (event: KeyboardEvent): void => {
    const links = [...(event.currentTarget as HTMLElement).querySelectorAll("a")]
    const target = { ArrowRight: stop + 1, ArrowDown: stop + 1, ArrowLeft: stop - 1, ArrowUp: stop - 1, Home: 0, End: links.length - 1 }[
      event.key
    ]
    if (target === undefined) return
    event.preventDefault()
    links[(target + links.length) % links.length]?.focus()
  }
  return (
    <ul aria-label="Stories" onKeyDown={onKeyDown}>
      {stories.map((story, position) => (
        <Card key={story.name} story={story} isStop={position === stop} onFocus={() => setStop(position)} />
      ))}
    </ul>
  )
}

interface CardProps {
  readonly story: StoryText
  readonly isStop: boolean
  readonly onFocus: () => void
}

function Card({ story, isStop, onFocus }: CardProps) {
  const { moral, source } = moralOf(story)
  return (
    <li class="card">
      <a href={`#/scenarios/${story.name}`} tabIndex={isStop ? 0 : -1} onFocus={onFocus}>
        {titleOf(story)}
      </a>
      <p>{moral}</p>
      <p class="source">
        {source}
        {breakableOf(story) !== null && <span class="badge">can be broken</span>}
      </p>
    </li>
  )
}
