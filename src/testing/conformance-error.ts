/** Something does not keep the contract of its interface: which part of it, and how that showed. */
export class ConformanceError extends Error {
  /** What was promised, in a phrase: "a clone is independent". */
  readonly promise: string

  constructor(promise: string, found: string, cause?: unknown) {
    super(`${promise}: ${found}`, cause === undefined ? undefined : { cause })
    this.name = "ConformanceError"
    this.promise = promise
  }
}

/** Throws a `ConformanceError` unless `condition` holds. */
export function expectThat(condition: boolean, promise: string, found: () => string): void {
  if (!condition) throw new ConformanceError(promise, found())
}
