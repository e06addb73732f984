/** What the supervisor of `oarlock dev` says of its processes, to requests with the token of its run. */

export interface DevNode {
  readonly id: number
  readonly name: string
  readonly client: string
  readonly pid: number | null
  readonly state: "starting" | "running" | "paused" | "killed" | "stopped" | "ended"
}

export interface DevStatus {
  readonly nodes: readonly DevNode[]
  readonly cutLinks: readonly { readonly from: number; readonly to: number }[]
}
