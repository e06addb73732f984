/** Makes the errors of a client: the message names the operation, what went wrong, the server, and whether the operation may have been done. */

import { type FailedOutcome, OarlockError, type OarlockErrorCode } from "../requests/index.ts"
import type { NodeId } from "../wire/client/index.ts"

/** `operation` as `put "greeting"`; `endpoint` and `leader` as far as they are known. */
export function failed(
  operation: string,
  code: OarlockErrorCode,
  outcome: FailedOutcome,
  message: string,
  endpoint: string | null = null,
  leader: NodeId | null = null,
): OarlockError {
  const from = endpoint === null ? "" : ` (${endpoint})`
  const consequence = outcome === "unknown" ? "; whether it happened is unknown" : ""
  return new OarlockError(code, `${operation}: ${message}${from}${consequence}`, { outcome, operation, endpoint, leader })
}
