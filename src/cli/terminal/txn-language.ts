/**
 * The small language of `oarlock txn`: comparisons as `mod(key) = 3` or `value("a key") != "x"`, operations as `put key value`.
 *
 * A word with spaces or quotes in it stands in double quotes, with JSON's escapes. It translates to etcd's transactions one to one.
 */

import type { Action, Condition } from "../../client/index.ts"
import { CliError, exitCode } from "./cli-error.ts"

const compareHelp = "a comparison such as value(key) = text, version(key) > 0, mod(key) = 12, create(key) != 0"
const operationHelp = "an operation such as put key value, get key, get-prefix key, delete key, delete-prefix key"

const results = { "=": "equal", "==": "equal", "!=": "notEqual", ">": "greater", "<": "less" } as const

/** Throws `CliError` naming the flag. */
export function parseCondition(text: string): Condition {
  const parts =
    /^\s*(value|version|create|mod)\s*\(\s*("(?:[^"\\]|\\.)*"|[^()\s]+)\s*\)\s*(==?|!=|>|<)\s*("(?:[^"\\]|\\.)*"|\S+)\s*$/s.exec(text)
  if (parts === null) throw refuse("--if", text, compareHelp)
  const [, target, keyText, sign, operand] = parts as unknown as [
    string,
    "value" | "version" | "create" | "mod",
    string,
    keyof typeof results,
    string,
  ]
  const keys = unquote(keyText, "--if", text)
  if (keys === "") throw refuse("--if", text, "a key that is not empty")
  const is = results[sign]
  if (target === "value") return { keys, value: unquote(operand, "--if", text), is }
  const number = /^\d+$/.test(operand) ? Number(operand) : Number.NaN
  if (!Number.isSafeInteger(number)) throw refuse("--if", text, `a number on the right: ${target} counts`)
  switch (target) {
    case "version":
      return { keys, version: number, is }
    case "create":
      return { keys, createRevision: number, is }
    case "mod":
      return { keys, modRevision: number, is }
  }
}

/** Throws `CliError` naming the flag. */
export function parseAction(flag: "--then" | "--else", text: string): Action {
  const words = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\S+/gs)].map((match) => unquote(match[0], flag, text))
  const [verb, key, value, ...surplus] = words
  if (verb === undefined || key === undefined || key === "" || surplus.length > 0) throw refuse(flag, text, operationHelp)
  if (verb === "put" && value !== undefined) return { kind: "put", key, value }
  if (value !== undefined) throw refuse(flag, text, operationHelp)
  switch (verb) {
    case "get":
      return { kind: "range", keys: key }
    case "get-prefix":
      return { kind: "range", keys: { prefix: key } }
    case "delete":
      return { kind: "delete", keys: key }
    case "delete-prefix":
      return { kind: "delete", keys: { prefix: key } }
    default:
      throw refuse(flag, text, operationHelp)
  }
}

function unquote(word: string, flag: string, text: string): string {
  if (!word.startsWith('"')) return word
  try {
    return JSON.parse(word) as string
  } catch {
    throw refuse(flag, text, 'words in double quotes with JSON\'s escapes, such as "a \\"b\\""')
  }
}

function refuse(flag: string, text: string, expected: string): CliError {
  return new CliError(exitCode.usage, `${flag}: found ${JSON.stringify(text)}, expected ${expected}.`)
}
