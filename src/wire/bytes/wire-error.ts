/** The one error of all formats: bytes that are not what they should be. */

/** Bytes that are not what the format says. The message is a sentence that names the field and what was found. */
export class WireError extends Error {
  /** The class of the error, as text. */
  override readonly name = "WireError"
}
