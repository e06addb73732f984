/**
 * The store as bytes: a header, chunks of versions, an end. Little endian; each chunk begins with what it is.
 *
 * ```
 * header    u8 1 | u32 "OKVS" | u8 format version (1) | u64 revision | i64 compacted revision
 * versions  u8 2 | n × version, to the end of the chunk
 * end       u8 3 | u64 number of versions
 * version   u64 create revision | u64 mod revision | u32 sub | u64 version (0: a tombstone) | i64 lease
 *               | u32 key length, 0 for the key of the version before it in this chunk | key | u32 value length | value
 * ```
 *
 * Versions are ordered by key, then by revision and `sub`. Only what reads at the compacted revision or later can see is written, so the bytes
 * depend on nothing but what the store answers: equal stores give equal bytes, and the state hash is made of them.
 */

export const chunkKind = { header: 1, versions: 2, end: 3 } as const

/** "OKVS" as a little-endian u32. */
export const magic = 0x53_56_4b_4f

export const formatVersion = 1

/** A chunk is closed once it has this many bytes. A long value may take it far beyond. */
export const chunkBytes = 256 * 1024
