/** The store as bytes, and back. */

export { ContentsHash } from "./contents-hash.ts"
export { SnapshotReader } from "./read-snapshot.ts"
export { writeSnapshot } from "./write-snapshot.ts"
