/**
 * The files that a node keeps open: opening costs more than writing, so a file stays open until it is renamed, removed or forgotten.
 *
 * A file that the thread pool uses is held: when forgotten it leaves the table at once, but its descriptor closes only when the last holder releases
 * it, so that a descriptor number is never reused during a sync.
 */

import fs from "node:fs"

export interface OpenFile {
  readonly name: string
  readonly descriptor: number
  /** Operations under way on the thread pool. */
  holders: number
  forgotten: boolean
}

export interface OpenFileTable {
  /** Opens for reading and writing; creates the file if it is missing. Throws what `fs` throws. */
  open(name: string, location: string): OpenFile
  /** Opens a file that must exist. Throws what `fs` throws. */
  openExisting(name: string, location: string): OpenFile
  hold(file: OpenFile): void
  release(file: OpenFile): void
  /** Closes the file: its name will belong to another file, or to none. */
  forget(name: string): void
  closeAll(): void
}

/** A table that keeps at most `filesMax` files open; more only while they are held. */
export function openFileTable(filesMax: number): OpenFileTable {
  // The order of insertion is the order of use: a file that is used moves to the end.
  const files = new Map<string, OpenFile>()

  function forget(name: string): void {
    const file = files.get(name)
    if (file === undefined) return
    files.delete(name)
    file.forgotten = true
    if (file.holders === 0) fs.closeSync(file.descriptor)
  }

  function open(name: string, location: string, create: boolean): OpenFile {
    const known = files.get(name)
    if (known !== undefined) {
      files.delete(name)
      files.set(name, known)
      return known
    }
    const { O_RDWR, O_CREAT } = fs.constants
    const file: OpenFile = {
      name,
      descriptor: fs.openSync(location, create ? O_RDWR | O_CREAT : O_RDWR, 0o600),
      holders: 0,
      forgotten: false,
    }
    files.set(name, file)
    for (const candidate of files.values()) {
      if (files.size <= filesMax) break
      if (candidate.holders === 0 && candidate !== file) forget(candidate.name)
    }
    return file
  }

  return {
    open: (name, location) => open(name, location, true),
    openExisting: (name, location) => open(name, location, false),
    hold: (file) => {
      file.holders++
    },
    release: (file) => {
      file.holders--
      if (file.forgotten && file.holders === 0) fs.closeSync(file.descriptor)
    },
    forget,
    closeAll: () => {
      for (const name of files.keys()) forget(name)
    },
  }
}
