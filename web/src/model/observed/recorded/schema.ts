/**
 * JSON from outside, checked and copied key by key: what comes out has the keys that are asked for, and no others.
 *
 * Nodes of a later version may tell more than this page knows. That is left behind, in what is kept as in what is opened: so nothing gets into a
 * capture that nobody thought of.
 */

/** Where something is not what it should be, and what that is. */
export class SchemaError extends Error {
  constructor(path: string, problem: string) {
    super(`${path === "" ? "the whole" : path} ${problem}`)
    this.name = "SchemaError"
  }
}

/** Turns what stands at `path` into a `T`. Throws a `SchemaError`. */
export type Schema<T> = (value: unknown, path: string) => T

/** A key that may be missing is written as one that may be undefined. */
export function object<T extends object>(fields: { readonly [K in keyof T]-?: Schema<T[K]> }): Schema<T> {
  const entries = Object.entries(fields) as [string, Schema<unknown>][]
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SchemaError(path, "is no object")
    const found = value as Record<string, unknown>
    return Object.fromEntries(entries.map(([key, schema]) => [key, schema(found[key], path === "" ? key : `${path}.${key}`)])) as T
  }
}

/** One of several objects, told apart by `kind`. */
export function byKind<T>(table: Readonly<Record<string, Schema<T>>>, otherwise?: Schema<T>): Schema<T> {
  return (value, path) => {
    const { kind } = kindOf(value, path)
    const schema = Object.hasOwn(table, kind) ? table[kind] : otherwise
    if (schema === undefined) throw new SchemaError(`${path}.kind`, `is ${JSON.stringify(kind.slice(0, 40))}, which is not known`)
    return schema(value, path)
  }
}

const kindOf = object<{ readonly kind: string }>({ kind: text })

export function list<T>(item: Schema<T>, lengthMax: number): Schema<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new SchemaError(path, "is no list")
    if (value.length > lengthMax) throw new SchemaError(path, `has ${value.length} items, more than ${lengthMax}`)
    return value.map((each, place) => item(each, `${path}[${place}]`))
  }
}

export function pair<A, B>(first: Schema<A>, second: Schema<B>): Schema<readonly [A, B]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw new SchemaError(path, "is no pair")
    return [first(value[0], `${path}[0]`), second(value[1], `${path}[1]`)]
  }
}

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return (value, path) => (value === null ? null : schema(value, path))
}

export function text(value: unknown, path: string): string {
  if (typeof value === "string") return value
  throw new SchemaError(path, "is no text")
}

export function flag(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value
  throw new SchemaError(path, "is neither true nor false")
}

export function number(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value
  throw new SchemaError(path, "is no number")
}

/** Terms, indexes, ids and amounts. */
export function count(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value
  throw new SchemaError(path, "is no whole number from 0")
}

/** A wall clock, in milliseconds, that a `Date` can show. */
export function moment(value: unknown, path: string): number {
  if (typeof value === "number" && value >= 0 && value <= 8.64e15) return value
  throw new SchemaError(path, "is no moment")
}

export function oneOf<T extends string | number>(...choices: readonly T[]): Schema<T> {
  return (value, path) => {
    if (choices.includes(value as T)) return value as T
    throw new SchemaError(path, `is none of ${choices.join(", ")}`)
  }
}
