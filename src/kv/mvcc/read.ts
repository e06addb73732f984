/**
 * Reading ranges, now or at a past revision. The present is one index with counts, so a limited read costs no more than its limit; the past is
 * put together from two, so it costs as much as the range holds keys.
 */

import type { KeyValue, RangeRequest, SortTarget } from "../../wire/kv/index.ts"
import { everyKey } from "./every-key.ts"
import { versionAt } from "./history.ts"
import { type KeySpan, spanOf } from "./key-span.ts"
import type { MvccStore } from "./mvcc-store.ts"
import type { Records } from "./records.ts"
import { type Location, nowhere } from "./segments.ts"

/** What a range holds: the part of etcd's RangeResponse that is not its header. */
export interface RangeContents {
  readonly kvs: readonly KeyValue[]
  readonly more: boolean
  readonly count: number
}

/** Answers a range request whose revision the store still has, or does not have yet (see `txn/`, which asks first). */
export function readRange(store: MvccStore, request: RangeRequest): RangeContents {
  const span = spanOf(request)
  const revision = request.revision > 0 ? request.revision : store.readRevision
  const limit = request.limit > 0 ? request.limit : Infinity
  if (request.countOnly) return { kvs: [], more: false, count: countAt(store, span, revision) }

  const isSorted = sortDirection(request) !== 0
  const isFiltered = hasFilter(request)
  const descending = request.sortTarget === "key" && request.sortOrder === "descend"
  // By key either way the index gives the order itself, and need not be read beyond the limit.
  const needsAll = isFiltered || (isSorted && !descending)
  const { versions, count } = versionsAt(store, span, revision, needsAll ? Infinity : limit, descending)
  const { records } = store
  const wanted = isFiltered ? versions.filter((version) => passes(records, version, request)) : versions
  if (isSorted && !descending) sortBy(records, wanted, request.sortTarget, sortDirection(request))
  const found = needsAll ? wanted.length : count
  const shown = wanted.length > limit ? wanted.slice(0, limit) : wanted
  const pairOf = request.keysOnly ? pairWithoutValue : pairAt
  return { kvs: shown.map((version) => pairOf(records, version)), more: found > limit, count }
}

/** How many keys the range held at a revision. */
function countAt(store: MvccStore, span: KeySpan, revision: number): number {
  if (revision >= store.readRevision) return store.live.count(span.from, span.to)
  let count = 0
  for (const _ of versionsOf(store, span, revision)) count++
  return count
}

/** The versions that the keys of a range had at a past revision, in ascending order of the keys. */
function* versionsOf(store: MvccStore, span: KeySpan, revision: number): IterableIterator<Location> {
  for (const latest of everyKey(store, span)) {
    const version = versionAt(store, latest, revision)
    if (version !== nowhere) yield version
  }
}

/** The first `limit` versions of the range at a revision, from either end, and how many there are without the limit. */
function versionsAt(
  store: MvccStore,
  span: KeySpan,
  revision: number,
  limit: number,
  descending: boolean,
): { versions: Location[]; count: number } {
  const versions: Location[] = []
  if (span.isOneKey) {
    const version = versionAt(store, store.latestOf(span.from), revision)
    if (version !== nowhere) versions.push(version)
    return { versions, count: versions.length }
  }
  if (revision >= store.readRevision) {
    store.live.scan({ from: span.from, to: span.to, descending, limit }, (_text, id) => {
      versions.push(store.latest.at(id))
    })
    return { versions, count: versions.length < limit ? versions.length : store.live.count(span.from, span.to) }
  }
  for (const version of versionsOf(store, span, revision)) versions.push(version)
  const count = versions.length
  if (descending) versions.reverse()
  return { versions: count > limit ? versions.slice(0, limit) : versions, count }
}

/** 0 for the order of the index, which is by key. */
function sortDirection(request: RangeRequest): 0 | 1 | -1 {
  if (request.sortOrder === "descend") return -1
  return request.sortTarget === "key" ? 0 : 1
}

function hasFilter(request: RangeRequest): boolean {
  return request.minModRevision !== 0 || request.maxModRevision !== 0 || request.minCreateRevision !== 0 || request.maxCreateRevision !== 0
}

function passes(records: Records, version: Location, request: RangeRequest): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request
  const modRevision = records.modRevision(version)
  const createRevision = records.createRevision(version)
  return (
    (maxModRevision === 0 || modRevision <= maxModRevision) &&
    (minModRevision === 0 || modRevision >= minModRevision) &&
    (maxCreateRevision === 0 || createRevision <= maxCreateRevision) &&
    (minCreateRevision === 0 || createRevision >= minCreateRevision)
  )
}

/** Stable: what is equal stays in the order of its keys. */
function sortBy(records: Records, versions: Location[], target: SortTarget, direction: number): void {
  switch (target) {
    case "key":
      // The index gave them in this order.
      break
    case "version":
      versions.sort((a, b) => direction * (records.version(a) - records.version(b)))
      break
    case "create":
      versions.sort((a, b) => direction * (records.createRevision(a) - records.createRevision(b)))
      break
    case "mod":
      versions.sort((a, b) => direction * (records.modRevision(a) - records.modRevision(b)))
      break
    case "value":
      versions.sort((a, b) => direction * compareBytes(records.value(a), records.value(b)))
      break
    default:
      target satisfies never
  }
}

/** Negative if `a` comes first, 0 if they are equal. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const noBytes = new Uint8Array(0)

function pairAt(records: Records, version: Location): KeyValue {
  return records.pair(version)
}

function pairWithoutValue(records: Records, version: Location): KeyValue {
  return { ...records.pair(version), value: noBytes }
}
