/** Bounded model checking of the production core: every interleaving of a small world, and the shortest story of what breaks a property. */

export { defaultBounds, explainBadBounds, type Bounds } from "./bounds.ts"
export { defaultSearchOptions, StateSearch, search, type SearchOptions, type SearchReport } from "./search.ts"
export { memberNumbered } from "./server.ts"
export { tellStory } from "./story.ts"
export type { Tampering } from "./tampering.ts"
