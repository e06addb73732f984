/** The store as bytes, and back. */

export { hashContents } from "./hash-contents.ts"
export { SnapshotReader } from "./read-snapshot.ts"
export { writeSnapshot } from "./write-snapshot.ts"
