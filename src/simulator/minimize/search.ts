/** The search for a smaller run: what is the smallest so far, and whether another try still fails in the same way. */

import type { WorldOptions } from "../state/options.ts"
import { isSameFailure, type Failure, type Subject } from "./subject.ts"

/** How much may be tried. Counted in runs and events, never in time, so that the same failure is minimized alike everywhere. */
export interface MinimizeBudget {
  /** The most runs that are tried. */
  readonly runsMax: number
  /** Events of all runs together. */
  readonly stepsMax: number
}

/** How far a minimization is, told before each try. */
export interface MinimizeProgress {
  /** Runs so far. */
  readonly runs: number
  /** Events of all those runs together. */
  readonly steps: number
  /** What is being tried, in words. */
  readonly trying: string
  /** The options of the smallest run so far that fails. */
  readonly smallest: WorldOptions
  /** How that run fails. */
  readonly failure: Failure
}

export class MinimizeSearch {
  smallest: WorldOptions
  failure: Failure
  runs = 0
  steps = 0
  readonly #subject: Subject
  readonly #budget: MinimizeBudget
  readonly #tell: (progress: MinimizeProgress) => void
  /** What was tried in vain, so that it is not tried again. */
  readonly #failed = new Set<string>()

  constructor(
    subject: Subject,
    options: WorldOptions,
    failure: Failure,
    budget: MinimizeBudget,
    tell: (progress: MinimizeProgress) => void,
  ) {
    this.#subject = subject
    this.smallest = options
    this.failure = failure
    this.#budget = budget
    this.#tell = tell
  }

  get isSpent(): boolean {
    return this.runs >= this.#budget.runsMax || this.steps >= this.#budget.stepsMax
  }

  /** Runs `options`; if they fail in the same way, and, with `onlyIfShorter`, sooner, they are the smallest from now on. */
  try(trying: string, options: WorldOptions, onlyIfShorter = false): boolean {
    const key = JSON.stringify(options)
    if (this.isSpent || this.#failed.has(key) || key === JSON.stringify(this.smallest)) return false
    this.#tell({ runs: this.runs, steps: this.steps, trying, smallest: this.smallest, failure: this.failure })
    const { step } = this.failure
    // A simpler run may take longer to fail, within reason.
    const failure = this.#subject.run(options, onlyIfShorter ? step : step * 2 + 500)
    this.runs += 1
    this.steps += failure?.step ?? step
    if (failure === null || !isSameFailure(failure, this.failure) || (onlyIfShorter && failure.step >= step)) {
      this.#failed.add(key)
      return false
    }
    this.smallest = options
    this.failure = failure
    return true
  }
}
