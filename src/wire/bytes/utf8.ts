/**
 * UTF-8 by hand (RFC 3629), because the pure layers have no `TextEncoder`.
 *
 * Decoding is strict: overlong forms, surrogates and anything above U+10FFFF are refused, so that two different byte strings never become
 * the same name. Encoding replaces a lone surrogate by U+FFFD, as the web does.
 */

/** The text, or null if `bytes` is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  const units: number[] = []
  let text = ""
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]!
    const size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (size === 0 || at + size > bytes.length) return null
    let point = size === 1 ? lead : lead & (0x7f >> size)
    for (let i = 1; i < size; i++) {
      const next = bytes[at + i]!
      if ((next & 0xc0) !== 0x80) return null
      point = (point << 6) | (next & 0x3f)
    }
    const isOverlong = (size === 3 && point < 0x800) || (size === 4 && point < 0x1_0000)
    const isSurrogate = point >= 0xd800 && point <= 0xdfff
    if (isOverlong || isSurrogate || point > 0x10_ffff) return null
    if (point < 0x1_0000) units.push(point)
    else units.push(0xd800 + ((point - 0x1_0000) >> 10), 0xdc00 + ((point - 0x1_0000) & 0x3ff))
    at += size
    // Spreading a long array into a call would exhaust the stack.
    if (units.length >= 4096) {
      text += String.fromCharCode(...units)
      units.length = 0
    }
  }
  return text + String.fromCharCode(...units)
}

/** How many bytes `encodeUtf8Into` writes. */
export function utf8Length(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!
    if (point > 0xffff) i++
    length += sizeOf(point)
  }
  return length
}

/** Writes `text` at `at` and returns where it ends; the caller has made room. */
export function encodeUtf8Into(text: string, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    let point = text.codePointAt(i)!
    if (point > 0xffff) i++
    else if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd
    const size = sizeOf(point)
    if (size === 1) target[at++] = point
    else {
      target[at++] = (0xf00 >> size) | (point >> (6 * (size - 1)))
      for (let shift = 6 * (size - 2); shift >= 0; shift -= 6) target[at++] = 0x80 | ((point >> shift) & 0x3f)
    }
  }
  return at
}

function sizeOf(point: number): 1 | 2 | 3 | 4 {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
}
