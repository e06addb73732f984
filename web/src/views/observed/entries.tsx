/** The end of one node's log, entry by entry: of the selected node, or of the leader. For who has a token, because keys are in it. */

import type { ListedEntry } from "oarlock/server"
import { fromBase64, show } from "../../model/observed/bytes-text.ts"
import type { LiveCluster } from "../../model/observed/live/live-cluster.ts"
import type { NodePicture } from "../../model/observed/picture.ts"
import { useReading } from "./use-reading.ts"

/** Entries that are asked for at once. */
const entriesShownMax = 20

const words = { noop: "no-op", configuration: "members", deleteRange: "delete range", txn: "transaction", other: "command" } as const

export function Entries({ live }: { readonly live: LiveCluster }) {
  const { nodes, leadership } = live.picture.value
  const node = nodes.find(({ id }) => id === (live.selected.value ?? leadership?.id))
  if (live.power.value.kind === "none" || node?.sight?.status == null) return null
  return <EntriesOf key={node.sight.address} live={live} node={node} />
}

function EntriesOf({ live, node: { name, sight } }: { readonly live: LiveCluster; readonly node: NodePicture }) {
  const { self } = sight!.status!
  const isSilent = sight!.failure !== null
  const { answer, problem } = useReading<{ readonly entries: readonly ListedEntry[] }>(live, {
    address: isSilent ? null : sight!.address,
    path: "entries",
    body: { limit: entriesShownMax },
    // An entry may be replaced by another at the same index (Raft §5.3), which shows by what is committed then, at the latest.
    version: `${self.lastLogIndex} ${self.term} ${self.commitIndex}`,
  })
  return (
    <section class="panel" aria-label="Entries">
      <h2>{`The end of ${name}'s log`}</h2>
      {(problem !== null || isSilent) && (
        <p class="hint" role="status">
          {isSilent ? `${name} does not answer: this is as it was last read.` : problem}
        </p>
      )}
      {answer !== null && (
        <div class="wide entries" tabIndex={0} role="region" aria-label={`The end of ${name}'s log, the latest first`}>
          <table>
            <thead>
              <tr>
                {["index", "term", "what", "key", "bytes", ""].map((title) => (
                  <th key={title} scope="col">
                    {title === "" ? <span class="spoken">state</span> : title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {answer.entries.toReversed().map((entry) => (
                <tr key={entry.index} data-entry={entry.index}>
                  <th scope="row">{entry.index}</th>
                  <td>{entry.term}</td>
                  <td>{entry.kind in words ? words[entry.kind as keyof typeof words] : entry.kind}</td>
                  <td>{keyText(entry)}</td>
                  <td>{entry.bytes}</td>
                  <td>{stateOf(entry.index, self.commitIndex, self.lastApplied)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function keyText({ key, keyBytes }: ListedEntry): string {
  if (key === null) return ""
  const bytes = fromBase64(key)
  return bytes.length < keyBytes ? `${show(bytes, true)}… (${keyBytes} bytes)` : show(bytes)
}

/** As the node itself knows. */
function stateOf(index: number, commitIndex: number, lastApplied: number): string {
  if (index <= lastApplied) return "applied"
  return index <= commitIndex ? "committed" : "not committed, as it knows"
}
