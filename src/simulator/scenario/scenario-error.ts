/**
 * What is wrong with a scenario, and where: a text that cannot be read, or a story that did not go as it says.
 *
 * Both name file, line and column first, in the form that editors and terminals turn into a link, and show the line with a mark below.
 */

import type { Place } from "./scenario.ts"

/** A scenario that cannot be read, or a story that did not go as it says. The message begins with file, line and column, and shows the line. */
export class ScenarioError extends Error {
  /** The name that `parseScenario` was given for the text. */
  readonly file: string
  /** Where in the text. */
  readonly place: Place
  /** What is wrong, in a sentence, without the place. */
  readonly problem: string

  /** `lengthOfMark`: how many characters the mark underlines. */
  constructor(file: string, place: Place, problem: string, line: string, lengthOfMark = 1) {
    const mark = " ".repeat(place.column - 1) + "^".repeat(Math.max(1, lengthOfMark))
    super(`${file}:${place.line}:${place.column}: ${problem}\n  ${line}\n  ${mark}`)
    this.name = "ScenarioError"
    this.file = file
    this.place = place
    this.problem = problem
  }
}
