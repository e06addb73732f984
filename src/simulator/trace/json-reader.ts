/**
 * Reads JSON from outside into a type, and says where it does not fit.
 *
 * A trace may have been cut off, edited by hand, or written by another version. A reader names every key it knows and refuses all others: a typo
 * that is passed over in silence would replay another run and judge that one. The types make sure that no option is forgotten: a field that is
 * added to `T` does not compile until a reader for it is here.
 */

/** Something that is not what it should be, and its place: `config.network.dropRate`, `actions[3].op`. */
export class TraceError extends Error {
  /** A path into the file; empty for the file as a whole. */
  readonly path: string
  readonly problem: string

  constructor(path: string, problem: string) {
    super(path === "" ? problem : `${path}: ${problem}`)
    this.name = "TraceError"
    this.path = path
    this.problem = problem
  }
}

/** Turns `value`, which was found at `path`, into a `T`. Throws a `TraceError`. */
export interface Reader<T> {
  (value: unknown, path: string): T
  /** The key may be missing. */
  readonly isOptional?: boolean
}

/** A reader for each key of `T`. */
export type Fields<T> = { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> }

/** An object with exactly these keys. */
export function record<T extends object>(fields: Fields<T>): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[]
  return (value, path) => {
    const object = asObject(value, path)
    for (const key of Object.keys(object)) {
      if (!names.includes(key as keyof T & string))
        throw new TraceError(join(path, key), `is no key that belongs here; known are ${names.join(", ")}`)
    }
    const result: Record<string, unknown> = {}
    for (const name of names) {
      const reader = fields[name]
      if (Object.hasOwn(object, name)) result[name] = reader(object[name], join(path, name))
      else if (reader.isOptional !== true) throw new TraceError(join(path, name), "is missing")
    }
    return result as T
  }
}

/** The member of the union `T` that has `K` among its kinds. */
type Variant<T, K> = T extends { readonly kind: infer Kinds } ? (K extends Kinds ? T : never) : never

/** An object whose `kind` says which other keys it has. */
export function variants<T extends { readonly kind: string }>(table: {
  readonly [K in T["kind"]]: Fields<Omit<Variant<T, K>, "kind">>
}): Reader<T> {
  const kinds = Object.keys(table)
  const readers = new Map(Object.entries(table).map(([kind, fields]) => [kind, record({ kind: oneOf(kind), ...(fields as object) })]))
  return (value, path) => {
    const { kind } = asObject(value, path)
    const reader = readers.get(String(kind))
    if (reader === undefined) throw new TraceError(join(path, "kind"), `found ${show(kind)}, expected one of ${kinds.join(", ")}`)
    return reader(value, path) as unknown as T
  }
}

export function list<T>(item: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new TraceError(path, `found ${show(value)}, expected a list`)
    return value.map((each, position) => item(each, `${path}[${position}]`))
  }
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path))
}

/** A key that may be missing. */
export function optional<T>(reader: Reader<T>): Reader<T> {
  const read = (value: unknown, path: string): T => reader(value, path)
  return Object.assign(read, { isOptional: true })
}

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  return (value, path) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value
    throw new TraceError(path, `found ${show(value)}, expected an integer ${range}`)
  }
}

export function number(min: number, max = Number.MAX_VALUE): Reader<number> {
  const range = max === Number.MAX_VALUE ? `from ${min}` : `from ${min} to ${max}`
  return (value, path) => {
    if (typeof value === "number" && value >= min && value <= max) return value
    throw new TraceError(path, `found ${show(value)}, expected a number ${range}`)
  }
}

export const flag: Reader<boolean> = (value, path) => {
  if (typeof value === "boolean") return value
  throw new TraceError(path, `found ${show(value)}, expected true or false`)
}

export const text: Reader<string> = (value, path) => {
  if (typeof value === "string") return value
  throw new TraceError(path, `found ${show(value)}, expected a text`)
}

export function oneOf<T extends string>(...choices: readonly T[]): Reader<T> {
  return (value, path) => {
    if (choices.includes(value as T)) return value as T
    throw new TraceError(path, `found ${show(value)}, expected ${choices.map(show).join(" or ")}`)
  }
}

/** An object with the keys of `example`, each of the same type as there; numbers are not negative. For flat options that have a check of their own. */
export function alike<T extends object>(example: T): Reader<T> {
  const fields = Object.entries(example).map(([name, value]) => [name, typeof value === "boolean" ? flag : number(0)] as const)
  return record(Object.fromEntries(fields) as unknown as Fields<T>)
}

/** What stands there, short enough for a sentence. */
function show(value: unknown): string {
  if (value === undefined) return "nothing"
  const shown = JSON.stringify(value)
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TraceError(path, `found ${show(value)}, expected an object`)
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`
}
