/** What a client remembers of servers: also of those that some server once named, and that may never have been there. */

/** Servers remembered, for each thing that is; of one more the oldest is forgotten. */
export const serversRememberedMax = 256

/** Notes something about a server. */
export function remember<Note>(notes: Map<string, Note>, endpoint: string, note: Note): void {
  // What was noted last comes last.
  notes.delete(endpoint)
  notes.set(endpoint, note)
  if (notes.size <= serversRememberedMax) return
  for (const oldest of notes.keys()) {
    notes.delete(oldest)
    return
  }
}
