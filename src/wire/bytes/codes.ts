/**
 * Words as numbers. A table names every word of its type, so that a new one does not compile until it has a code; a code is never used for another
 * word, and never changes.
 */

export class Codes<Word extends string> {
  readonly #codes: Readonly<Record<Word, number>>
  readonly #words: (Word | undefined)[] = []

  constructor(codes: Readonly<Record<Word, number>>) {
    this.#codes = codes
    for (const [word, code] of Object.entries(codes) as [Word, number][]) {
      if (this.#words[code] !== undefined) throw new RangeError(`code ${code} stands for ${this.#words[code]} and for ${word}`)
      this.#words[code] = word
    }
  }

  codeOf(word: Word): number {
    return this.#codes[word]
  }

  /** Undefined for a code that this version does not know. */
  wordOf(code: number): Word | undefined {
    return this.#words[code]
  }
}

/** The words in the order of their codes, which are 0, 1, 2, … without a gap: for tables that are lists. Throws a `RangeError` otherwise. */
export function wordsInOrder<Word extends string>(codes: Readonly<Record<Word, number>>): readonly Word[] {
  const table = new Codes(codes)
  return Object.keys(codes).map((_, code) => {
    const word = table.wordOf(code)
    if (word === undefined) throw new RangeError(`no word has the code ${code}`)
    return word
  })
}
