/** A paragraph of a lesson, with `code`, **strong** words, and [words](of the glossary) that open their entry in place. */

import { useState } from "preact/hooks"
import { glossary } from "../../model/lessons/words-of-lessons.ts"

export function Prose({ children }: { readonly children: string }) {
  const [open, setOpen] = useState<string | null>(null)
  const entry = open === null ? undefined : glossary.get(open)
  return (
    <p>
      {children.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/).map((part, position) => {
        if (part.startsWith("`")) return <code key={position}>{part.slice(1, -1)}</code>
        if (part.startsWith("**")) return <b key={position}>{part.slice(2, -2)}</b>
        const [, words, word] = /^\[(.+)\]\((.+)\)$/.exec(part) ?? []
        if (words === undefined) return part
        return (
          <button
            key={position}
            type="button"
            class="term"
            aria-expanded={open === word}
            onClick={() => setOpen(open === word ? null : word!)}
          >
            {words}
          </button>
        )
      })}
      {entry !== undefined && (
        <span class="gloss" role="note">
          <b>{entry.word}</b> {entry.meaning}
          {entry.source !== "" && <i>{` ${entry.source}`}</i>}
        </span>
      )}
    </p>
  )
}
