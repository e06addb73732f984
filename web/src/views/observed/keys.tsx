/** The keys: read through the cluster (linearizable), again whenever the store's revision moves, and written once the page is armed. */

import type { ListedKey } from "oarlock/server"
import { useRef, useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import { fromBase64, show, toBase64 } from "../../model/observed/bytes-text.ts"
import type { LiveCluster } from "../../model/observed/live/live-cluster.ts"
import { SaidHere } from "./node-actions.tsx"
import { type Reading, useReading } from "./use-reading.ts"

/** Keys that are asked for at once. */
const keysShownMax = 50
/** Characters of a key and a value that can be written from here. */
const textMax = 10_000
/** How long a change stands out, in milliseconds. */
const changedForMs = 2_500

interface Listing {
  readonly revision: number
  readonly count: number
  readonly keys: readonly ListedKey[]
}

export function Keys({ live }: { readonly live: LiveCluster }) {
  const { kind } = live.power.value
  return (
    <section class="panel keys" aria-label="Keys">
      <h2>Keys</h2>
      {kind === "none" ? <NoKeys live={live} /> : <Browser live={live} />}
    </section>
  )
}

/** Whatever page is open in somebody's browser could read them, if this one could without a token. */
function NoKeys({ live }: { readonly live: LiveCluster }) {
  const store = live.picture.value.view?.status?.store
  return (
    <p class="hint">
      {store === undefined ? "" : `${store.keys} keys, revision ${store.revision}. `}
      They are shown here only with a token; <code>npx oarlock range</code> lists them.
    </p>
  )
}

function Browser({ live }: { readonly live: LiveCluster }) {
  const [prefix, setPrefix] = useState("")
  const { answer: listing, problem } = useListing(live, prefix)
  const changed = useChanges(listing)
  const isArmed = live.armed.value
  return (
    <>
      <PutForm live={live} />
      <label>
        beginning with <input class="search" value={prefix} maxLength={textMax} onInput={(event) => setPrefix(event.currentTarget.value)} />
      </label>
      {problem !== null && (
        <p class="hint" role="status">
          {problem}
        </p>
      )}
      {listing !== null && (
        <>
          <div class="wide" tabIndex={0} role="region" aria-label="Keys and values">
            <table>
              <thead>
                <tr>
                  <th scope="col">key</th>
                  <th scope="col">value</th>
                  <th scope="col">revision</th>
                  <th scope="col">
                    <span class="spoken">delete</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {listing.keys.map((pair) => (
                  <tr key={pair.key} class={changed(pair.key) ? "changed" : ""}>
                    <th scope="row">{show(fromBase64(pair.key))}</th>
                    <td>{valueText(pair)}</td>
                    <td>{pair.modRevision}</td>
                    <td>
                      <button
                        type="button"
                        disabled={!isArmed}
                        aria-label={`Delete ${show(fromBase64(pair.key))}`}
                        onClick={() => inBackground(change(live, "delete", { key: pair.key }, "Deleted"))}
                      >
                        ✕
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p class="legend">
            {`${listing.keys.length < listing.count ? `The first ${listing.keys.length} of ` : ""}${listing.count} ${listing.count === 1 ? "key" : "keys"} at revision ${listing.revision}, linearizable, and read again as it moves`}
          </p>
        </>
      )}
    </>
  )
}

function PutForm({ live }: { readonly live: LiveCluster }) {
  const [key, setKey] = useState("")
  const [value, setValue] = useState("")
  return (
    <>
      <form
        class="actions"
        onSubmit={(event) => {
          event.preventDefault()
          if (key !== "") inBackground(change(live, "put", { key: toBase64(key), value: toBase64(value) }, "Committed"))
        }}
      >
        <input
          class="search"
          aria-label="Key"
          placeholder="key"
          maxLength={textMax}
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
        <input
          class="search"
          aria-label="Value"
          placeholder="value"
          maxLength={textMax}
          value={value}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
        <button type="submit" disabled={!live.armed.value || key === ""}>
          Put
        </button>
      </form>
      <SaidHere live={live} where="keys" />
    </>
  )
}

async function change(live: LiveCluster, path: "put" | "delete", body: object, word: string): Promise<void> {
  const address = live.anyAddress()
  if (address === null) return live.say("No node answers.", true, "keys")
  await live.operate(address, path, body, ({ revision }) => `${word} at revision ${revision}.`)
}

/** Read again when the revision that any node tells of is another one, or the prefix is. */
function useListing(live: LiveCluster, prefix: string): Reading<Listing> {
  return useReading<Listing>(live, {
    address: live.anyAddress(),
    path: "range",
    body: { prefix: toBase64(prefix), limit: keysShownMax },
    version: `${Math.max(0, ...live.picture.value.nodes.map(({ sight }) => sight?.status?.store.revision ?? 0))}`,
  })
}

/** Whether a key has changed a moment ago, while somebody looked. */
function useChanges(listing: Listing | null): (key: string) => boolean {
  const seen = useRef<ReadonlyMap<string, { readonly revision: number; readonly at: number }>>(new Map())
  const shown = useRef<Listing | null>(null)
  if (listing !== shown.current) {
    const isFirst = shown.current === null
    shown.current = listing
    const now = Date.now()
    const look = ({ key, modRevision }: ListedKey) => {
      const before = seen.current.get(key)
      const at = before?.revision === modRevision ? before.at : isFirst ? 0 : now
      return [key, { revision: modRevision, at }] as const
    }
    seen.current = new Map(listing?.keys.map(look))
  }
  return (key) => Date.now() - (seen.current.get(key)?.at ?? 0) < changedForMs
}

function valueText({ value, valueBytes }: ListedKey): string {
  const bytes = fromBase64(value)
  return bytes.length < valueBytes ? `${show(bytes, true).slice(0, 200)}… (${valueBytes} bytes)` : show(bytes)
}
