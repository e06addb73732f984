/** Views of bytes that share their memory. */

/** A DataView of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A plain Uint8Array of part of `bytes`, sharing memory, whatever subclass `bytes` is. */
export function slice(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

/** As `slice`, where a view of the bytes is at hand: asking a view for its buffer costs far less than asking the bytes for it. */
export function sliceOf(view: DataView, start: number, end: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, end - start)
}
