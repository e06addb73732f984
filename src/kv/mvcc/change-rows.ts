/**
 * What happened, change by change, in the order in which it did: for watchers, for reads of the past, and for compaction. Of each change, the version
 * that it made and the one that it replaced, which may be a tombstone, or `nowhere`.
 *
 * A row keeps its number for good, also when those before it are dropped. Versions know their rows, so one leads to the one before it.
 */

import { Column } from "./column.ts"
import type { Location } from "./segments.ts"

export class ChangeRows {
  private made = new Column()
  private replaced = new Column()

  /** The first row that is still there; `end` if there is none. */
  get start(): number {
    return this.made.start
  }

  /** The row that the next change will get. */
  get end(): number {
    return this.made.end
  }

  push(made: Location, replaced: Location): void {
    this.made.push(made)
    this.replaced.push(replaced)
  }

  madeBy(row: number): Location {
    return this.made.at(row)
  }

  replacedBy(row: number): Location {
    return this.replaced.at(row)
  }

  setMade(row: number, location: Location): void {
    this.made.set(row, location)
  }

  setReplaced(row: number, location: Location): void {
    this.replaced.set(row, location)
  }

  dropBefore(row: number): void {
    this.made.dropBefore(row)
    this.replaced.dropBefore(row)
  }

  clone(): ChangeRows {
    const copy = new ChangeRows()
    copy.made = this.made.clone()
    copy.replaced = this.replaced.clone()
    return copy
  }
}
