/**
 * Keys as strings with one character per byte, U+0000 to U+00FF.
 *
 * Inside the store a key is such a string: engines keep it in one byte per character, compare it natively, and `<` on it is the order of the
 * bytes. A `Uint8Array` per key would cost some 200 bytes of overhead and a loop for every comparison.
 */

/** How many bytes go into one call: engines limit the number of arguments, the lowest known limit is 65,535. */
const bytesPerCall = 4096

/** Arrays to pass a short key's bytes in, one for each length: a view would take three times as long, most of it for the collector. */
const shortKeys: readonly number[][] = Array.from({ length: 65 }, (_, length) => Array.from({ length }, () => 0))

/** The key in `bytes[start..end)`. */
export function keyText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const short = shortKeys[end - start]
  if (short !== undefined) {
    for (let i = 0; i < short.length; i++) short[i] = bytes[start + i]!
    return String.fromCharCode.apply(null, short)
  }
  if (end - start <= bytesPerCall) return textOf(bytes.subarray(start, end))
  const parts: string[] = []
  for (let at = start; at < end; at += bytesPerCall) parts.push(textOf(bytes.subarray(at, Math.min(end, at + bytesPerCall))))
  return parts.join("")
}

export function keyBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

function textOf(bytes: Uint8Array): string {
  // The engine takes any array-like; the library's types insist on an array.
  return String.fromCharCode.apply(null, bytes as unknown as number[])
}
