/**
 * The small language of `oarlock txn`: comparisons as `mod(key) = 3` or `value("a key") != "x"`, operations as `put key value`.
 *
 * A word with spaces or quotes in it stands in double quotes, with JSON's escapes. It translates to etcd's transactions one to one.
 */

import { type Compare, deleteRangeRequest, prefixEnd, putRequest, rangeRequest, type RequestOp } from "../client/index.ts"
import { toBytes } from "./bytes-text.ts"
import { CliError, exitCode } from "./cli-error.ts"

const compareHelp = "a comparison such as value(key) = text, version(key) > 0, mod(key) = 12, create(key) != 0"
const operationHelp = "an operation such as put key value, get key, get-prefix key, delete key, delete-prefix key"

const results = { "=": "equal", "==": "equal", "!=": "notEqual", ">": "greater", "<": "less" } as const
const none = new Uint8Array(0)

/** Throws `CliError` naming the flag. */
export function parseCompare(text: string): Compare {
  const parts = /^\s*(value|version|create|mod)\s*\(\s*("(?:[^"\\]|\\.)*"|[^()\s]+)\s*\)\s*(==?|!=|>|<)\s*("(?:[^"\\]|\\.)*"|\S+)\s*$/s.exec(text)
  if (parts === null) throw refuse("--if", text, compareHelp)
  const [, target, key, sign, operand] = parts as unknown as [string, "value" | "version" | "create" | "mod", string, keyof typeof results, string]
  const range = { key: toBytes(unquote(key, "--if", text)), rangeEnd: none, result: results[sign] }
  if (range.key.length === 0) throw refuse("--if", text, "a key that is not empty")
  if (target === "value") return { ...range, target, operand: toBytes(unquote(operand, "--if", text)) }
  const number = /^\d+$/.test(operand) ? Number(operand) : Number.NaN
  if (!Number.isSafeInteger(number)) throw refuse("--if", text, `a number on the right: ${target} counts`)
  return { ...range, target, operand: number }
}

/** Throws `CliError` naming the flag. */
export function parseOperation(flag: "--then" | "--else", text: string): RequestOp {
  const words = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\S+/gs)].map((match) => unquote(match[0], flag, text))
  const [verb, keyText, value, ...surplus] = words
  if (verb === undefined || keyText === undefined || keyText === "" || surplus.length > 0) throw refuse(flag, text, operationHelp)
  const key = toBytes(keyText)
  if (verb === "put" && value !== undefined) return putRequest(key, toBytes(value))
  if (value !== undefined) throw refuse(flag, text, operationHelp)
  switch (verb) {
    case "get":
      return rangeRequest(key)
    case "get-prefix":
      return rangeRequest(key, prefixEnd(key))
    case "delete":
      return deleteRangeRequest(key)
    case "delete-prefix":
      return deleteRangeRequest(key, prefixEnd(key))
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
