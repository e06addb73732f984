/**
 * Readers: each turns a value that was found at some place into the type that is expected there, or throws a `Misfit` that names the place.
 *
 * An object is read once, property by property, into a fresh one: whatever a getter or a later change of the caller's object would say, what was
 * checked is what is used. A reader of an object names every property that it knows and refuses all others: a name with a slip in it, passed over
 * in silence, would be an option that was never set. The types make sure that none is forgotten: a property that is added to `T` does not
 * compile until a reader for it is here.
 */

import { Misfit } from "./misfit.ts"
import { nearMiss } from "./near-miss.ts"
import { show } from "./show.ts"

export interface Reader<T> {
  (value: unknown, path: string): T
  /** The property may be missing. */
  readonly isOptional?: boolean
}

/** A reader for each property of `T`. */
export type Fields<T> = { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> }

/** Characters of an unknown name that are looked at, and shown. */
const nameCharactersMax = 64

/** Names that people write for ours. */
export type Aliases = readonly (readonly [written: string, ours: string])[]

/** An object with these properties and no others. A property that is `undefined` counts as missing. */
export function record<T extends object>(fields: Fields<T>, aliases: Aliases = []): Reader<T> {
  return recordOf(fields, aliases, false)
}

/** The same, for what must not silently do without a part of it: a property is there with a value, or it is not there. */
export function strictRecord<T extends object>(fields: Fields<T>, aliases: Aliases = []): Reader<T> {
  return recordOf(fields, aliases, true)
}

function recordOf<T extends object>(fields: Fields<T>, aliases: Aliases, isStrict: boolean): Reader<T> {
  const names = Object.keys(fields) as (keyof T & string)[]
  return (value, path) => {
    const given = asObject(value, path)
    for (const key of keysOf(given, path)) {
      if (!names.includes(key as keyof T & string)) throw unknownName(key, names, aliases, path)
    }
    const result: Record<string, unknown> = {}
    for (const name of names) {
      const reader = fields[name]
      const place = join(path, name)
      const found = propertyOf(given, name, place)
      if (found !== undefined) result[name] = reader(found, place)
      else if (reader.isOptional !== true) throw new Misfit(place, "is missing")
      else if (isStrict && name in given) throw new Misfit(place, "found undefined, expected a value; leave it out if there is none")
    }
    return result as T
  }
}

/** The same, as a caller's options: may be left out altogether, and so may each of its properties. */
export function options<T extends object>(fields: Fields<T>, aliases: Aliases = []): Reader<Partial<T>> {
  const all = Object.entries(fields) as [string, Reader<unknown>][]
  const read = record(Object.fromEntries(all.map(([name, reader]) => [name, optional(reader)])) as Fields<T>, aliases)
  return (value, path) => (value === undefined ? {} : read(value, path))
}

/** The member of the union `T` that has `K` among its kinds. */
type Variant<T, K> = T extends { readonly kind: infer Kinds } ? (K extends Kinds ? T : never) : never

/** An object whose `kind` says which other properties it has. */
export function variants<T extends { readonly kind: string }>(
  table: { readonly [K in T["kind"]]: Fields<Omit<Variant<T, K>, "kind">> },
  aliases: Aliases = [],
): Reader<T> {
  const kinds = Object.keys(table)
  const readers = new Map(
    Object.entries(table).map(([kind, fields]) => [kind, strictRecord({ kind: oneOf(kind), ...(fields as object) }, aliases)]),
  )
  return (value, path) => {
    const place = join(path, "kind")
    const kind = propertyOf(asObject(value, path), "kind", place)
    const reader = typeof kind === "string" ? readers.get(kind) : undefined
    if (reader === undefined) throw new Misfit(place, `found ${show(kind)}, expected one of ${kinds.join(", ")}`, typeof kind === "string")
    return reader(value, path) as unknown as T
  }
}

/** `countMax`: no more items than these. */
export function list<T>(item: Reader<T>, countMax = Number.MAX_SAFE_INTEGER): Reader<readonly T[]> {
  return (value, path) => {
    if (!isList(value)) throw new Misfit(path, `found ${show(value)}, expected a list`)
    const length = propertyOf(value, "length", path) as number
    if (length > countMax) throw new Misfit(path, `found ${length} items, expected at most ${countMax}`, true)
    // By position: a hole is an `undefined` like any other.
    return Array.from({ length }, (_, position) => {
      const place = `${path}[${position}]`
      return item(propertyOf(value, String(position), place), place)
    })
  }
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path))
}

/** A property that may be missing. */
export function optional<T>(reader: Reader<T>): Reader<T> {
  const read = (value: unknown, path: string): T => reader(value, path)
  return Object.assign(read, { isOptional: true })
}

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  return (value, path) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value
    throw new Misfit(path, `found ${show(value)}, expected an integer ${range}`, typeof value === "number")
  }
}

export function number(min: number, max = Number.MAX_VALUE): Reader<number> {
  const range = max === Number.MAX_VALUE ? `from ${min}` : `from ${min} to ${max}`
  return (value, path) => {
    if (typeof value === "number" && value >= min && value <= max) return value
    throw new Misfit(path, `found ${show(value)}, expected a number ${range}`, typeof value === "number")
  }
}

/** A server's identity: an integer from 1 to 2^32 - 1. */
export const nodeId = integer(1, 0xffff_ffff)

export const flag: Reader<boolean> = (value, path) => {
  if (typeof value === "boolean") return value
  throw new Misfit(path, `found ${show(value)}, expected true or false`)
}

export const text: Reader<string> = (value, path) => {
  if (typeof value === "string") return value
  throw new Misfit(path, `found ${show(value)}, expected a text`)
}

/** A text with something in it. */
export const filledText: Reader<string> = (value, path) => {
  if (text(value, path) !== "") return value as string
  throw new Misfit(path, 'found "", expected a text that is not empty', true)
}

export function oneOf<T extends string>(...choices: readonly T[]): Reader<T> {
  return (value, path) => {
    if (choices.includes(value as T)) return value as T
    throw new Misfit(path, `found ${show(value)}, expected ${choices.map(show).join(" or ")}`, typeof value === "string")
  }
}

/** A function. `expected` says which, as `a function (level, message, fields)`. */
export function method<T extends (...given: never[]) => unknown>(expected: string): Reader<T> {
  return (value, path) => {
    if (typeof value === "function") return value as T
    throw new Misfit(path, `found ${show(value)}, expected ${expected}`)
  }
}

/** All 64 bits, as etcd's leases use them. */
export const lease: Reader<bigint> = (value, path) => {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return value
  throw new Misfit(path, `found ${show(value)}, expected a bigint of 64 bits, such as 7n`, typeof value === "bigint")
}

/** An object that is used as it is: it has at least these functions, its own or inherited. */
export function withMethods<T extends object>(what: string, ...names: readonly (keyof T & string)[]): Reader<T> {
  return (value, path) => {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function"
    if (!isObject) throw new Misfit(path, `found ${show(value)}, expected ${what}`)
    if (typeof value === "function" && !names.every((name) => typeof propertyOf(value, name, join(path, name)) === "function"))
      throw new Misfit(path, explainFunction(value, what, names))
    for (const name of names) {
      const place = join(path, name)
      const found = propertyOf(value, name, place)
      if (typeof found !== "function") throw new Misfit(place, `found ${show(found)}, expected a function: ${path} has to be ${what}`)
    }
    return value as T
  }
}

/** What is wrong with a function where an object is expected: often it is the class, and an instance was meant. */
function explainFunction(given: object, what: string, names: readonly string[]): string {
  const functions = names.length === 1 ? `the function ${names[0]}` : `the functions ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
  const expected = `expected ${what}, an object with ${functions}`
  try {
    const { prototype, name } = given as { readonly prototype?: Readonly<Record<string, unknown>> | null; readonly name: unknown }
    const isClassOfIt = names.every((each) => typeof prototype?.[each] === "function")
    if (!isClassOfIt || typeof name !== "string") return `found a function, ${expected}`
    const shown = name === "" ? "YourClass" : name.slice(0, nameCharactersMax)
    return `found the class ${name === "" ? "" : `${shown} `}itself, ${expected}: pass an instance, such as new ${shown}()`
  } catch {
    return `found a function, ${expected}`
  }
}

/** An object with properties that are not ours to know, such as the options of another library: a copy of it. */
export function foreignOptions<T extends object>(what: string): Reader<T> {
  return (value, path) => {
    if (!isPlain(value)) throw new Misfit(path, `found ${show(value)}, expected ${what}`)
    try {
      return { ...value } as T
    } catch (error) {
      throw unreadable(error, path)
    }
  }
}

/** An object with the properties of `example`, each of the same type as there. For flat options that have a check of their own. */
export function alike<T extends object>(example: T): Reader<T> {
  return record(fieldsAlike(example))
}

/** The fields of `alike`. Numbers are not negative. */
export function fieldsAlike<T extends object>(example: T): Fields<T> {
  const fields = Object.entries(example).map(([name, value]) => [name, typeof value === "boolean" ? flag : number(0)] as const)
  return Object.fromEntries(fields) as unknown as Fields<T>
}

function unknownName(key: string, names: readonly string[], aliases: Aliases, path: string): Misfit {
  const shown = key.length > nameCharactersMax ? `${key.slice(0, nameCharactersMax)}…` : key
  const [, ours] = aliases.find(([written]) => written === key) ?? []
  const meant = ours ?? nearMiss(key.slice(0, nameCharactersMax), names)
  const known = names.join(", ")
  const advice = meant === null ? `known are ${known}` : `did you mean ${meant}? Known are ${known}`
  return new Misfit(join(path, shown), `is no name that is known here; ${advice}`)
}

function asObject(value: unknown, path: string): object {
  if (isPlain(value)) return value
  throw new Misfit(path, `found ${show(value)}, expected an object`)
}

/** No list, no Map, no Promise: an object whose properties are what it says. An instance of a class is one, too. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false
  try {
    return Object.prototype.toString.call(value) === "[object Object]"
  } catch {
    return false
  }
}

/** Whether it is a list, also of another realm. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

function keysOf(value: object, path: string): readonly string[] {
  try {
    return Object.keys(value)
  } catch (error) {
    throw unreadable(error, path)
  }
}

function propertyOf(value: object, name: string, path: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[name]
  } catch (error) {
    throw unreadable(error, path)
  }
}

function unreadable(error: unknown, path: string): Misfit {
  const message = error instanceof Error ? `: ${error.message}` : ""
  return new Misfit(path, `could not be read${message}`)
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`
}
