/** What this page may do, and the switch without which it does nothing. */

import { useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import type { LiveCluster } from "../../model/observed/live/live-cluster.ts"

export function Permission({ live }: { readonly live: LiveCluster }) {
  const { kind } = live.power.value
  const isArmed = live.armed.value
  return (
    <section class={`panel permission ${isArmed ? "armed" : ""}`} aria-label="Permission">
      <div class="panel-head">
        <h2>{kind === "none" ? "Read-only" : isArmed ? "Armed" : "Safe"}</h2>
        <button
          type="button"
          role="switch"
          aria-checked={isArmed}
          class={isArmed ? "main" : ""}
          disabled={kind === "none"}
          onClick={() => live.arm(!isArmed)}
        >
          {isArmed ? "Disarm" : "Arm"}
        </button>
      </div>
      {kind === "none" ? <Ask live={live} /> : <Role live={live} kind={kind} />}
    </section>
  )
}

function Role({ live, kind }: { readonly live: LiveCluster; readonly kind: "operator" | "dev" }) {
  return (
    <p class="hint">
      {kind === "dev"
        ? "The token of this run of oarlock dev: real processes can be killed, paused and cut off; keys, members and leadership can be changed."
        : "An operator's token: keys, members and leadership can be changed."}{" "}
      <button type="button" class="link-button" onClick={() => live.giveUp()}>
        Forget the token
      </button>
    </p>
  )
}

function Ask({ live }: { readonly live: LiveCluster }) {
  const [token, setToken] = useState("")
  return (
    <>
      <p class="hint">
        This page only looks. <code>npm start</code> prints an address that may do more; on a cluster of your own, use the token of{" "}
        <code>--operator-token-file</code>.
      </p>
      <form
        class="actions"
        onSubmit={(event) => {
          event.preventDefault()
          if (token.trim() !== "") inBackground(live.offer(token.trim()))
          setToken("")
        }}
      >
        <label>
          token{" "}
          <input type="password" autocomplete="off" class="search" value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <button type="submit">Use it</button>
      </form>
      {live.refusedToken.value && <p role="alert">No node, and no supervisor, takes this token.</p>}
    </>
  )
}
