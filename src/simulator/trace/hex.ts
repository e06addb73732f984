/** A hash as people compare it: eight digits. */
export function hex(hash: number): string {
  return hash.toString(16).padStart(8, "0")
}
