/**
 * Internal: for the command line, the visualizer and the tests that this repository ships. No promise between versions: a name in here may change or
 * go in any release, without a word in the changelog, and `api/` has no report of it. Programs of your own import `oarlock/server`.
 *
 * It adds to `index.ts` and repeats nothing of it. Source: docs/decisions/0022-an-entry-without-a-promise.md.
 */

export { formatAddress, isLoopback, parseAddress } from "./configuration/address.ts"
export { settings } from "./configuration/settings.ts"
export { chaosTokenHeader, readJson, sameText } from "./http/chaos-endpoint.ts"
export { answerWithPage, createWebServer } from "./http/web-files.ts"
export { describeConfiguration, describeObservation, namesOf } from "./logging/observation-text.ts"
export { type FolderVerdict, type InspectionRow, loadWalTools } from "./wal/wal-tools.ts"
export type { MembershipChange } from "../core/index.ts"
