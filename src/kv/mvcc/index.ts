/** The multi-version store: every version of every key since the last compaction. */

export { countForgotten, sweep } from "./compaction.ts"
export { evacuate } from "./evacuate.ts"
export { everyKey } from "./every-key.ts"
export { KeyRecord, type KeySlot, lastOf } from "./key-record.ts"
export { type KeySpan, spanOf } from "./key-span.ts"
export { keyText } from "./key-text.ts"
export { KeyVersion } from "./key-version.ts"
export { firstRevision, type MvccContents, MvccStore, type RevisionChanges } from "./mvcc-store.ts"
export { openTextStore } from "./ordered-store.ts"
export { previousOf } from "./previous.ts"
export { compareBytes, readRange } from "./read.ts"
export { ValueArenas } from "./value-arena.ts"
