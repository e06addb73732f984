/** Collections for people who write state machines: their clones cost nothing. */

export { AppendList } from "./append-list.ts"
export { type IsBefore, numberBefore, OrderedMap, type MapRange, stringBefore } from "./ordered-map.ts"
