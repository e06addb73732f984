import type { StoryText } from "./story.ts"

/** The stories of a folder, from its texts by path. */
export function storiesOf(texts: Readonly<Record<string, string>>): readonly StoryText[] {
  return Object.entries(texts).map(([path, text]) => ({
    name: path.replace(/^.*\/scenarios\//, "").replace(/\.scenario$/, ""),
    text,
  }))
}
