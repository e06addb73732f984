/** Keys and values between the bytes that they are and the text that a terminal and JSON can show. */

import { fstatSync } from "node:fs"
import { CliError, exitCode } from "./cli-error.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

export function toBytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text, or null if the bytes are not UTF-8. */
export function toText(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** For a line of a terminal: text as it is, other bytes as `0x…`. Line breaks and control characters are escaped, so that a value cannot pose as two, or move the cursor. */
export function toLine(bytes: Uint8Array): string {
  const text = toText(bytes)
  if (text === null) return `0x${Buffer.from(bytes).toString("hex")}`
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\\]/g, (character) =>
    character === "\\" ? "\\\\" : JSON.stringify(character).slice(1, -1),
  )
}

/** `{ key: "text" }`, or `{ keyBase64: "…" }` if it is no text. */
export function toJsonField(name: string, bytes: Uint8Array): Record<string, string> {
  const text = toText(bytes)
  return text === null ? { [`${name}Base64`]: Buffer.from(bytes).toString("base64") } : { [name]: text }
}

/** A key from the command line: `0x…` stays text; only emptiness is refused. */
export function parseKey(text: string): Uint8Array {
  if (text === "")
    throw new CliError(exitCode.usage, "The key is empty. Give at least one character; to read all keys, use `oarlock range`.")
  return toBytes(text)
}

/** Bytes that are taken from standard input: far above what any server accepts, so that a device without an end is refused, not gathered. */
export const inputBytesMax = 64 << 20

/** A value from the command line, or all of standard input if it is a lone `-`. Throws `CliError` for an input that has no value to give. */
export async function readValue(text: string, input: AsyncIterable<Buffer | string> | null = null): Promise<Uint8Array> {
  if (text !== "-") return toBytes(text)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of input ?? standardInput()) {
      chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk)
      bytes += chunks.at(-1)!.length
      if (bytes > inputBytesMax) throw new Error(`it goes on after ${inputBytesMax} bytes, and no value is that long`)
    }
  } catch (error) {
    throw new CliError(exitCode.usage, `The value could not be read from standard input: ${(error as Error).message}.`, { cause: error })
  }
  return Buffer.concat(chunks)
}

/** Node reads a folder as an empty input; a redirected folder is a mistake, and is refused. */
function standardInput(): AsyncIterable<Buffer | string> {
  if (fstatSync(0).isDirectory()) throw new Error("it is a folder")
  return process.stdin
}
