/** The server's side of the native protocol: `docs/native-protocol.md`. */

export type { BackendReceiver, BackendRequests, NativeBackend } from "./backend.ts"
export { NativeServer } from "./native-server.ts"
export { NodeBackend } from "./node-backend.ts"
export { defaultNativeOptions, type NativeOptions } from "./options.ts"
