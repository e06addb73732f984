// The file of an LMDB database as pages. Pages 0 and 1 hold the roots of the last two states; a commit writes and syncs all others, and then one of the two.

/** The numbers of the pages in which two files differ. */
export function changedPages(before: Buffer, after: Buffer): number[] {
  const bytes = pageBytesOf(before)
  const count = Math.max(before.length, after.length) / bytes
  return Array.from({ length: count }, (_, page) => page).filter((page) => !pageOf(before, page, bytes).equals(pageOf(after, page, bytes)))
}

/** What the disk holds of `after` over `before` where power fails when these pages were written. */
export function withPages(before: Buffer, after: Buffer, pages: readonly number[]): Buffer {
  const bytes = pageBytesOf(before)
  const mixed = Buffer.alloc(Math.max(before.length, after.length))
  before.copy(mixed)
  for (const page of pages) pageOf(after, page, bytes).copy(mixed, page * bytes)
  return mixed
}

function pageOf(file: Buffer, page: number, bytes: number): Buffer {
  return file.subarray(page * bytes, (page + 1) * bytes)
}

const magic = Buffer.from("dec0efbe", "hex")

/** Both first pages hold LMDB's magic number, at the same place. */
function pageBytesOf(file: Buffer): number {
  const first = file.indexOf(magic)
  return file.indexOf(magic, first + magic.length) - first
}
