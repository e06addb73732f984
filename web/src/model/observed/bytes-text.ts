/** Keys and values are bytes: shown as text where they are text, and as hexadecimal digits where they are not. */

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

/** `isCut`: more followed, so what looks like half a character at the end is one, and is left away. */
export function show(bytes: Uint8Array, isCut = false): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`
  }
}
