/**
 * Values that tell what they are: the number of the operation that wrote them and their length at the head, then bytes that follow from both. A value that
 * was cut, or mixed from two, is noticed wherever it is read.
 */

const headBytes = 24
/** The shortest value, in bytes. */
export const valueBytesMin = headBytes

/** The value that operation `id` writes. */
export function makeValue(id: number, bytes: number): Buffer {
  const value = Buffer.alloc(Math.max(bytes, headBytes), patternOf(id))
  value.write(headOf(id, value.length), 0, "latin1")
  return value
}

/** Who wrote `value`. Throws an `Error` that says what is wrong with it. */
export function readValue(value: Uint8Array): number {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const [id = Number.NaN, length] = bytes.toString("latin1", 0, headBytes).trim().split(" ").map(Number)
  if (!Number.isInteger(id) || length !== bytes.length) {
    throw new Error(`a value of ${bytes.length} bytes begins with "${bytes.toString("latin1", 0, headBytes)}", which nobody has written`)
  }
  if (!bytes.equals(makeValue(id, bytes.length)))
    throw new Error(`the value of operation ${id} (${bytes.length} bytes) is not what was written`)
  return id
}

const headOf = (id: number, length: number): string => `${id} ${length}`.padEnd(headBytes)
const patternOf = (id: number): string => `${id}.`
