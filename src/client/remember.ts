/** What a client remembers about servers, including servers that do not exist but were named by another server. */

/** The most servers in one such table; one more replaces the oldest. */
export const serversRememberedMax = 256

/** Sets the note about a server, as the newest of the table. */
export function remember<Note>(notes: Map<string, Note>, endpoint: string, note: Note): void {
  // A map keeps the order of insertion: the newest note comes last.
  notes.delete(endpoint)
  notes.set(endpoint, note)
  if (notes.size <= serversRememberedMax) return
  for (const oldest of notes.keys()) {
    notes.delete(oldest)
    return
  }
}
