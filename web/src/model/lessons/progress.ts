/**
 * How far somebody has come in the lessons, kept on this device. Storage may be full, forbidden, or hold something else: then nothing is known, and
 * nothing else changes.
 */

import type { Lesson } from "./lesson.ts"

/** What a browser offers as `localStorage`, as far as it is needed here. */
export interface ProgressStorage {
  getItem(key: string): string | null
  setItem(key: string, text: string): void
}

export const progressKey = "oarlock.lessons"

/** Steps that have been seen to their end, by lesson; steps count from 1. */
export type Progress = ReadonlyMap<string, ReadonlySet<number>>

export function readProgress(storage: ProgressStorage): Progress {
  try {
    const whole: unknown = JSON.parse(storage.getItem(progressKey) ?? "{}")
    if (typeof whole !== "object" || whole === null) return new Map()
    return new Map(
      Object.entries(whole).map(([name, steps]) => [name, new Set(Array.isArray(steps) ? steps.filter(Number.isInteger) : [])]),
    )
  } catch {
    return new Map()
  }
}

/** Notes that a step has been seen to its end. */
export function noteStep(storage: ProgressStorage, { name }: Lesson, step: number): void {
  const progress = readProgress(storage)
  const seen = progress.get(name) ?? new Set()
  if (seen.has(step)) return
  const all = new Map([...progress, [name, new Set([...seen, step])] as const])
  try {
    storage.setItem(progressKey, JSON.stringify(Object.fromEntries([...all].map(([one, steps]) => [one, [...steps]]))))
  } catch {
    // Not kept: the next visit begins as this one did.
  }
}

/** `null` for a lesson that has not been begun, `done` for one that was seen to its end. */
export function standOf(progress: Progress, { name, steps }: Lesson): { readonly seen: number; readonly isDone: boolean } | null {
  const known = progress.get(name)
  const seen = steps.filter((_, position) => known?.has(position + 1) === true).length
  return seen === 0 ? null : { seen, isDone: seen === steps.length }
}
