/**
 * A walk over a public API: every function that its exports give has a row that says what its arguments are, and is called with hostile values in the
 * place of each of them, and of each property inside. What is missing in the table shows as a difference of two lists.
 */

import { expect } from "vitest"
import { hostileValues } from "./hostile-values.ts"

export interface Parameter {
  /** As the error has to name it. */
  readonly name: string
  /** A value that is right. */
  readonly good: unknown
  /** Hostile values that are right in this place. */
  readonly right?: readonly string[]
  /** Its properties, with the hostile values that are right there. */
  readonly inside?: Readonly<Record<string, readonly string[]>>
  /** Further values that are wrong, with the words of their refusal. */
  readonly wrong?: readonly (readonly [value: unknown, words: RegExp])[]
}

export interface Row {
  readonly parameters: readonly Parameter[]
  readonly call: (...given: never[]) => unknown
  /** `rejects`: answers with a promise, and must not throw at once. */
  readonly fails: "rejects" | "throws"
}

/** Says why a function has no row. */
export type Exempt = Readonly<Record<string, string>>

/** What a property may be left out as. */
export const maybe = ["undefined"] as const

/** The names of all that can be called: functions, constructors, methods and static methods of classes. */
export function publicNames(exports: Readonly<Record<string, unknown>>): string[] {
  const names = Object.entries(exports).flatMap(([name, value]) => {
    if (typeof value !== "function") return []
    if (!/^class\b/.test(Function.prototype.toString.call(value))) return [name]
    const own = value as { readonly prototype: object }
    return [
      `new ${name}`,
      ...methodsOf(own.prototype).map((method) => `${name}.${method}`),
      ...methodsOf(value).map((method) => `${name}.${method}`),
    ]
  })
  return names.toSorted()
}

function methodsOf(holder: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(holder))
    .filter(([name, { value }]) => typeof value === "function" && name !== "constructor" && name !== "prototype")
    .map(([name]) => name)
}

/** Calls a row with every wrong value in every place; `refused` judges each error. */
export async function walkRow(name: string, row: Row, refused: (error: unknown, what: string, words: RegExp) => void): Promise<number> {
  let calls = 0
  for (const [position, parameter] of row.parameters.entries()) {
    for (const { label, value, words } of wrongValues(parameter)) {
      const given = row.parameters.map(({ good }) => good)
      given[position] = value
      const what = `${name} with ${label}`
      refused(await failureOf(row, given, what), what, words)
      calls += 1
    }
  }
  return calls
}

async function failureOf(row: Row, given: readonly unknown[], what: string): Promise<unknown> {
  let answer: unknown
  try {
    answer = (row.call as (...given: readonly unknown[]) => unknown)(...given)
  } catch (error) {
    expect(row.fails, `${what} threw at once: ${String(error)}`).toBe("throws")
    return error
  }
  expect(row.fails, `${what} was taken`).toBe("rejects")
  return (answer as Promise<unknown>).then(
    () => expect.fail(`${what} was done`),
    (error: unknown) => error,
  )
}

interface WrongValue {
  readonly label: string
  readonly value: unknown
  readonly words: RegExp
}

function* wrongValues({ name, good, right = [], inside = {}, wrong = [] }: Parameter): Generator<WrongValue> {
  for (const hostile of hostileValues) {
    if (!right.includes(hostile.name)) yield { label: `${name} as ${hostile.name}`, value: hostile.value, words: wordsFor(name) }
  }
  for (const [property, rightInside] of Object.entries(inside)) {
    for (const hostile of hostileValues) {
      if (rightInside.includes(hostile.name)) continue
      const label = `${name}.${property} as ${hostile.name}`
      yield { label, value: { ...(good as object), [property]: hostile.value }, words: wordsFor(`${name}.${property}`) }
    }
  }
  if (Object.keys(inside).length > 0) {
    const value = { ...(good as object), nonsense: 1 }
    yield { label: `${name}.nonsense`, value, words: wordsFor(`${name}.nonsense`) }
  }
  for (const [value, words] of wrong) yield { label: String(words), value, words }
}

/** The argument's name, where the sentence about it begins. */
function wordsFor(name: string): RegExp {
  if (name === "") return /: /
  const quoted = name.replaceAll(".", "\\.").replace(/^\\\./, "")
  return new RegExp(`: ${quoted}(?:[.:[ ]|$)`)
}

/** Every function has a row, or a reason why it has none; and no row is left over. */
export function expectComplete(exports: Readonly<Record<string, unknown>>, rows: Readonly<Record<string, Row>>, exempt: Exempt): void {
  expect([...Object.keys(rows), ...Object.keys(exempt)].toSorted()).toEqual(publicNames(exports))
}
