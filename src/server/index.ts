/**
 * The server: one node behind one client port that speaks several protocols, its configuration, and the JSON that its HTTP endpoints answer with.
 *
 * What only the command line and the visualizer need is in `internal.ts`.
 */

export type { Address } from "./configuration/address.ts"
export { ConfigErrors, type ConfigProblem, NobodyToJoin } from "./configuration/config-error.ts"
export { resolveConfig, type ServerConfig, type ServerLimits, type ServerLogLevel, type TlsFiles } from "./configuration/config.ts"
export { gatherSettings, type SettingKey, type WrittenSettings } from "./configuration/settings.ts"
export { version } from "./configuration/version.ts"
export type { ClusterStatus, ClusterTimings, FollowerView, MemberStanding, MemberView, SelfStatus } from "./http/cluster-status.ts"
export type { NodeEvent } from "./http/event-feed.ts"
export type { ListedKey } from "./http/operator-endpoint.ts"
export type { RaftReport } from "./http/raft-state.ts"
export type { ListedEntry } from "./node/listed-entries.ts"
export type { LinkControl, LinkDirection, ServedNode, ServedPeer, StoreFigures } from "./node/served-node.ts"
export { type RunningServer, startServer, type StartOptions } from "./start-server.ts"
export type { Observation } from "../replica/index.ts"
