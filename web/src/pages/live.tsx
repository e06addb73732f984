/** Live: a real cluster, as its nodes tell of it, and what may be done to it. */

import { useEffect, useMemo } from "preact/hooks"
import { SaveCapture } from "../capture/save-capture.tsx"
import { AddLearner } from "../live/add-learner.tsx"
import { Alerts } from "../live/alert-list.tsx"
import { Entries } from "../live/entries.tsx"
import { Elections, Events } from "../live/happenings.tsx"
import { Keys } from "../live/keys.tsx"
import { LiveRing } from "../live/live-ring.tsx"
import { Live } from "../live/live.ts"
import { Logs } from "../live/logs.tsx"
import { Members } from "../live/members.tsx"
import { NodeActions } from "../live/node-actions.tsx"
import { Nodes } from "../live/nodes.tsx"
import { Permission } from "../live/permission.tsx"
import { Processes } from "../live/processes.tsx"
import { Reachability } from "../live/reachability.tsx"
import { Ribbons } from "../live/ribbons.tsx"
import { VerdictLine } from "../live/verdict-line.tsx"

export function LivePage({ token }: { readonly token: string | null }) {
  const live = useMemo(() => new Live(token), [token])
  useEffect(() => () => live.stop(), [live])
  if (live.problem.value !== null) return <NoCluster because={live.problem.value} />
  const isKnown = live.picture.value.nodes.length > 0
  return (
    <main class="live">
      <VerdictLine facts={live} isPresent />
      <div class="workbench">
        <div class="main">
          {isKnown && (
            <>
              <section class="stage" aria-label="Cluster">
                <LiveRing facts={live} />
                <NodeActions live={live} />
              </section>
              <Ribbons facts={live} />
              <Nodes facts={live} />
              <Logs facts={live} />
              <Entries live={live} />
              <Reachability facts={live} />
            </>
          )}
          {!isKnown && <Processes live={live} />}
        </div>
        <div class="side">
          <Permission live={live} />
          <Alerts facts={live} />
          {isKnown && <Keys live={live} />}
          {isKnown && (
            <Members facts={live}>
              <AddLearner live={live} />
            </Members>
          )}
          <Elections facts={live} />
          <Events facts={live} />
          <SaveCapture recorder={live.recorder} />
        </div>
      </div>
    </main>
  )
}

function NoCluster({ because }: { readonly because: string }) {
  return (
    <main class="problem">
      <h1>No cluster here</h1>
      <p role="alert">{because}</p>
      <p>
        Start one with <code>npm start</code> or <code>npx oarlock dev</code>, and open the address that it prints. Every node serves this
        page too, under <code>/ui/#/live</code> on its client port.
      </p>
      <p>
        Or <a href="#/play">play with one in the browser</a>.
      </p>
    </main>
  )
}
