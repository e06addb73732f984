/** A line of a scenario as tokens: words, numbers, quoted values and a few signs. A `#` outside of quotes begins a comment. */

export interface Token {
  readonly kind: "word" | "number" | "text" | "sign"
  /** What it says; of a quoted value, what is between the quotes. */
  readonly text: string
  /** From 1. */
  readonly column: number
  /** How many characters of the line it takes. */
  readonly length: number
}

/** A character that begins no token, or a quote that is never closed. */
export interface BadToken {
  readonly column: number
  readonly length: number
  readonly problem: string
}

export function tokenize(line: string): { readonly tokens: readonly Token[]; readonly bad: BadToken | null } {
  const tokens: Token[] = []
  let at = 0
  while (at < line.length) {
    const rest = line.slice(at)
    const space = /^\s+/.exec(rest)
    if (space !== null) {
      at += space[0].length
      continue
    }
    if (rest.startsWith("#")) break
    const token = tokenAt(rest, at + 1)
    if ("problem" in token) return { tokens, bad: token }
    tokens.push(token)
    at += token.length
  }
  return { tokens, bad: null }
}

function tokenAt(rest: string, column: number): Token | BadToken {
  if (rest.startsWith('"')) {
    const end = rest.indexOf('"', 1)
    if (end < 0) return { column, length: rest.length, problem: "this quote is never closed" }
    return { kind: "text", text: rest.slice(1, end), column, length: end + 1 }
  }
  const number = /^\d+(\.\d+)?(?![\w-])/.exec(rest)
  if (number !== null) return { kind: "number", text: number[0], column, length: number[0].length }
  const word = /^\w+(-\w+)*/.exec(rest)
  if (word !== null) return { kind: "word", text: word[0], column, length: word[0].length }
  const sign = /^[|,:=%]/.exec(rest)
  if (sign !== null) return { kind: "sign", text: sign[0], column, length: 1 }
  return { column, length: 1, problem: `"${rest[0]}" means nothing here` }
}
