/** Bounded model checking of the production core: every interleaving of a small world, and the shortest story of what breaks a property. */

export { defaultBounds, explainBadBounds, type Bounds } from "./bounds.ts"
export { properties, type Property } from "./properties/properties.ts"
export { defaultSearchOptions, Search, search, type SearchEnd, type SearchOptions, type SearchReport, type Violation } from "./search.ts"
export { memberNumbered } from "./server.ts"
export { tellStory } from "./story.ts"
export { untampered, type Tampering } from "./tampering.ts"
