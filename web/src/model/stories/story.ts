/** What a story says of itself, read from its text. */

export interface StoryText {
  /** `replication/figure-8`. */
  readonly name: string
  readonly text: string
}

/** The first paragraph of a story's comment: what it shows, and in brackets where that comes from. */
export function moralOf({ text }: StoryText): { readonly moral: string; readonly source: string } {
  const lines = text.split("\n")
  const end = lines.findIndex((line) => !line.startsWith("# "))
  const whole = lines
    .slice(0, end)
    .map((line) => line.slice(2))
    .join(" ")
  const [, moral = whole, source = ""] = /^(.*) \((.*)\)\.$/.exec(whole) ?? []
  return { moral: `${moral.replace(/\.$/, "")}.`, source }
}

/** What has to hold at its end, in its own words. */
export function passConditionOf({ text }: StoryText): string {
  return /^expect (.*)$/.exec(text.trimEnd().split("\n").at(-1)!)?.[1] ?? ""
}

/** The rule that a story offers to break; null if it offers none. */
export function breakableOf({ text }: StoryText): string | null {
  return /^break ([a-z-]+) /m.exec(text)?.[1] ?? null
}

/** `figure-8` as people write it: `Figure 8`. */
export function titleOf({ name }: StoryText): string {
  const words = name.slice(name.indexOf("/") + 1).replaceAll("-", " ")
  return words.charAt(0).toUpperCase() + words.slice(1)
}
