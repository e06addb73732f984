// Bounds that no test reaches yet, by where they belong (see `reached-limits.test.ts`). Nothing is ever added here: a new bound comes with its test.

export const unreached: Readonly<Record<string, readonly string[]>> = {
  "src/node/engine.ts": ["newsDelayMs"],
  "src/node/node.ts": ["callTimeoutMs"],
  "src/node/disk/node-disk.ts": ["quickSyncMs", "quickSyncBytesMax", "buffersPerWriteMax"],
  "src/node/peer-transport/outbound-connection.ts": ["keptWriterBytesMax"],
  "src/node/disk/folder-lock.ts": ["attemptsMax", "socketPathBytesMax"],
  defaultLimits: ["requestBytesMax", "historyBytesMax", "snapshotEntries"],
  "src/server/node/node-operations.ts": ["operationTimeoutMs"],
  "src/server/node/join-cluster.ts": ["askTimeoutMs"],
  "src/server/node/publish-address.ts": ["attemptMs", "retryMs"],
  "src/server/node/history-compaction.ts": ["intervalMs"],
  "src/client/connection.ts": ["keptOutputBytesMax"],
  "src/cli/connecting/http-json.ts": ["nodeAnswerMs"],
  "src/cli/commands/dev.ts": ["startTimeoutMs", "electionTimeoutLeastMs", "electionTimeoutMostMs", "sameInterruptMs"],
  "src/cli/dev/supervisor.ts": ["stopPatienceMs", "restartPatienceMs", "leaderlessNoticeMs"],
  "src/cli/dev/control.ts": ["controlTimeoutMs"],
}
