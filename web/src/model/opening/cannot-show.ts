/** A run that cannot be shown. The message is a sentence. */
export class CannotShow extends Error {
  override readonly name = "CannotShow"
}
