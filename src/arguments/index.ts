/** Values from outside, checked where they enter: what a caller passed, what stands in a file. One vocabulary for all of them. */

export { bytes, isBytes, keyOrValue } from "./bytes.ts"
export { entered, explainMisfit, Misfit } from "./misfit.ts"
export {
  firstAddressOf,
  firstClientAddressOf,
  memberName,
  type MemberOptions,
  membershipChanges,
  membershipChangesMax,
  type WrittenChange,
  writtenMembershipChanges,
} from "./membership.ts"
export { type HostPort, hostPort, parseHostPort } from "./host-port.ts"
export { nearMiss } from "./near-miss.ts"
export {
  type Aliases,
  alike,
  type Fields,
  fieldsAlike,
  filledText,
  flag,
  foreignOptions,
  integer,
  isList,
  lease,
  list,
  method,
  nodeId,
  nullable,
  number,
  oneOf,
  optional,
  options,
  type Reader,
  record,
  strictRecord,
  text,
  variants,
  withMethods,
} from "./readers.ts"
export { show } from "./show.ts"
export { timeoutMs, timerMsMax } from "./time.ts"
