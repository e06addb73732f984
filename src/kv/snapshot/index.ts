/** The store as bytes, and back. */

export { SnapshotReader } from "./read-snapshot.ts"
export { writeSnapshot } from "./write-snapshot.ts"
