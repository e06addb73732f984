/** The words of the field: `docs/glossary.md`, read as data. */

export interface GlossaryEntry {
  readonly word: string
  /** A sentence or two, without marks. */
  readonly meaning: string
  /** Where it comes from; empty if the glossary does not say. */
  readonly source: string
}

/** By each of the words that share an entry, in lower case. */
export function readGlossary(text: string): ReadonlyMap<string, GlossaryEntry> {
  const entries = new Map<string, GlossaryEntry>()
  for (const line of text.split("\n")) {
    const [, words, meaning, source] = /^\| \*\*(.+?)\*\* \| (.+?) \| ?(.*?) ?\|$/.exec(line) ?? []
    if (words === undefined) continue
    const entry = { word: plain(words), meaning: plain(meaning!), source: plain(source!) }
    for (const word of entry.word.split(", ")) entries.set(word.toLowerCase(), entry)
  }
  return entries
}

/** Without the marks of Markdown: a link is its words. */
function plain(text: string): string {
  return text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1").replaceAll(/[`*]/g, "")
}
