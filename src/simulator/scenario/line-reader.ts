/**
 * Reads the tokens of one line from left to right, and complains about what it finds instead of what it expected: with the place, both of them,
 * and the word that was probably meant.
 */

import { nearMiss } from "../../arguments/index.ts"
import type { NodeId } from "../../core/index.ts"
import { ScenarioError } from "./scenario-error.ts"
import type { Place } from "./scenario.ts"
import { tokenize, type Token } from "./tokens.ts"

/** The longest time that a line can name, in milliseconds of world time: an hour of a cluster takes seconds to tell. */
const durationMaxMs = 3_600_000

export class LineReader {
  readonly #file: string
  readonly #line: string
  readonly #lineNumber: number
  readonly #tokens: readonly Token[]
  readonly #servers: number
  #at = 0

  constructor(file: string, line: string, lineNumber: number, servers: number) {
    this.#file = file
    this.#line = line
    this.#lineNumber = lineNumber
    this.#servers = servers
    const { tokens, bad } = tokenize(line)
    this.#tokens = tokens
    if (bad !== null) throw new ScenarioError(file, { line: lineNumber, column: bad.column }, bad.problem, line, bad.length)
  }

  /** How many servers there are, spares included; 0 before that is known. */
  get servers(): number {
    return this.#servers
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  get place(): Place {
    return { line: this.#lineNumber, column: this.peek()?.column ?? this.#line.trimEnd().length + 1 }
  }

  /** What the line says, without comment and spaces around it. */
  get text(): string {
    const first = this.#tokens[0]
    const last = this.#tokens.at(-1)
    return first === undefined || last === undefined ? "" : this.#line.slice(first.column - 1, last.column - 1 + last.length)
  }

  /** Reads something, and tells where it stood and what it said. */
  placed<Read>(read: () => Read): { readonly place: Place; readonly text: string; readonly value: Read } {
    const { place } = this
    const value = read()
    const last = this.#tokens[this.#at - 1]
    const end = last === undefined ? place.column - 1 : last.column - 1 + last.length
    return { place, text: this.#line.slice(place.column - 1, end), value }
  }

  peek(ahead = 0): Token | null {
    return this.#tokens[this.#at + ahead] ?? null
  }

  /** Whether the next tokens are these words or signs. */
  sees(...words: readonly string[]): boolean {
    return words.every((word, ahead) => isPlain(this.peek(ahead)) && this.peek(ahead)?.text === word)
  }

  /** Takes these words if they are next. */
  takes(...words: readonly string[]): boolean {
    if (!this.sees(...words)) return false
    this.#at += words.length
    return true
  }

  /** Takes two words that only stand together, if the first one is next. */
  takesBoth(first: string, second: string): boolean {
    if (!this.takes(first)) return false
    this.want(second)
    return true
  }

  /** The next token must be this word or sign. */
  want(word: string): void {
    if (!this.takes(word)) this.fail(`expected "${word}"`, [word])
  }

  /** The next token must be one of these words. */
  wantOneOf<Word extends string>(words: readonly Word[], what: string): Word {
    const word = words.find((candidate) => this.sees(candidate))
    if (word === undefined) return this.fail(`expected ${what} (${list(words)})`, words)
    this.#at += 1
    return word
  }

  /** The next token must be one of many names: they are all listed where none of them is near. */
  wantName<Name extends string>(names: readonly Name[], what: string): Name {
    const name = names.find((candidate) => this.sees(candidate))
    if (name === undefined) {
      const token = this.peek()
      const isNear = token !== null && nearMiss(token.text, names) !== null
      return this.fail(`expected ${what}${isNear ? "" : ` (${list(names)})`}`, names)
    }
    this.#at += 1
    return name
  }

  /** A server that is none of `taken`. */
  wantServer(taken: readonly NodeId[] = []): NodeId {
    const token = this.peek()
    if (token?.kind !== "number") return this.fail("expected the number of a server", [])
    const server = this.#checkServer(token)
    if (taken.includes(server)) this.failAt(token, `server ${server} is named twice`)
    return server
  }

  /** One server or more, each once, and none of `taken`. */
  wantServers(taken: readonly NodeId[] = []): readonly NodeId[] {
    const servers: NodeId[] = []
    do servers.push(this.wantServer([...taken, ...servers]))
    while (this.peek()?.kind === "number")
    return servers
  }

  /** An integer of at least `least` and at most `most`. */
  wantCount(what: string, least = 0, most = Infinity): number {
    const token = this.peek()
    if (token?.kind !== "number" || token.text.includes(".")) return this.fail(`expected ${what}`, [])
    const value = Number(token.text)
    if (!Number.isSafeInteger(value) || value < least) return this.fail(`expected ${what}, at least ${least}`, [])
    if (value > most) return this.fail(`expected ${what}, at most ${most}`, [])
    this.#at += 1
    return value
  }

  wantNumber(what: string): number {
    const token = this.peek()
    if (token?.kind !== "number") return this.fail(`expected ${what}`, [])
    this.#at += 1
    return Number(token.text)
  }

  /** `20 ms` or `2 s`, in milliseconds. */
  wantDuration(): number {
    const token = this.peek()
    const value = this.wantNumber('a time, such as "20 ms" or "2 s"')
    const ms = this.wantOneOf(["ms", "s"], "a unit of time") === "s" ? value * 1000 : value
    if (ms > durationMaxMs) this.failAt(token, `a time in a scenario is at most an hour (${durationMaxMs / 1000} s)`)
    return ms
  }

  /** A word, a number or a quoted text: a key or a value. */
  wantWord(what: string): string {
    const token = this.peek()
    if (token === null || token.kind === "sign") return this.fail(`expected ${what}`, [])
    this.#at += 1
    return token.text
  }

  /** Nothing may be left. */
  wantEnd(after: string): void {
    if (!this.isAtEnd) this.fail(`expected nothing more after ${after}`, [])
  }

  /** Complains about the next token; one that is near to one of `words` was probably meant to be that. */
  fail(problem: string, words: readonly string[]): never {
    const token = this.peek()
    const found = token === null ? "the end of the line" : `"${token.text}"`
    const meant = token === null ? null : nearMiss(token.text, words)
    const hint = meant === null || meant === token?.text ? "" : `; did you mean "${meant}"?`
    this.failAt(token, `${problem}, found ${found}${hint}`)
  }

  /** Complains about `token`, or about what is missing at the end of the line. */
  failAt(token: Token | null, problem: string): never {
    const column = token?.column ?? this.#line.trimEnd().length + 1
    throw new ScenarioError(this.#file, { line: this.#lineNumber, column }, problem, this.#line, token?.length ?? 1)
  }

  #checkServer(token: Token): NodeId {
    const id = Number(token.text)
    if (!Number.isInteger(id) || id < 1) return this.fail("expected the number of a server", [])
    if (this.#servers > 0 && id > this.#servers) {
      this.failAt(token, `there is no server ${id}: the cluster and its spares have the numbers 1 to ${this.#servers}`)
    }
    this.#at += 1
    return id
  }
}

/** Whether a token may be a word of the language; what is quoted never is. */
function isPlain(token: Token | null): boolean {
  return token !== null && token.kind !== "text"
}

/** `"a", "b" or "c"`. */
export function list(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`)
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`
}
