/**
 * One change of one key: a put, or a deletion (then it is a tombstone: version 0, no value). It is what every index points to, and the pair
 * that answers show: nothing is copied between.
 *
 * Fixed once it is made, but for the place of its value, which may be moved (`value-arena.ts`). So clones share versions.
 */

import type { KeyValue } from "../../wire/kv/index.ts"
import { keyBytes } from "./key-text.ts"
import { type Arena, noArena, type ValueLocation, valueAt } from "./value-arena.ts"

export class KeyVersion implements KeyValue, ValueLocation {
  /** The key, one character per byte. */
  text: string
  /** The revision that the key came into being with; 0 of a tombstone. */
  createRevision: number
  /** The revision of this change. */
  readonly modRevision: number
  /** Its place among the changes of that revision, from 0. */
  readonly sub: number
  /** 1 for the first put; 0 of a tombstone. */
  version: number
  readonly lease: bigint
  arena: Arena = noArena
  offset = 0
  length = 0

  constructor(text: string, createRevision: number, modRevision: number, sub: number, version: number, lease: bigint) {
    this.text = text
    this.createRevision = createRevision
    this.modRevision = modRevision
    this.sub = sub
    this.version = version
    this.lease = lease
  }

  /** A copy. */
  get key(): Uint8Array {
    return keyBytes(this.text)
  }

  /** A view that stays as it is whatever happens to the store. */
  get value(): Uint8Array {
    return valueAt(this)
  }

  get isTombstone(): boolean {
    return this.version === 0
  }

  /** Bytes of key and value. */
  get sizeBytes(): number {
    return this.text.length + this.length
  }
}
