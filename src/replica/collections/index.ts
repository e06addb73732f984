/** Collections for authors of state machines. Clones take constant time. */

export { type IsBefore, numberBefore, OrderedMap, type MapRange, stringBefore } from "./ordered-map.ts"
