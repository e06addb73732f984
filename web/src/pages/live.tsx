/** Live: a real cluster, as its nodes tell of it, and what may be done to it. */

import { useEffect, useMemo } from "preact/hooks"
import { LiveCluster } from "../model/observed/live/live-cluster.ts"
import { AddLearner } from "../views/observed/add-learner.tsx"
import { Alerts } from "../views/observed/alert-list.tsx"
import { Entries } from "../views/observed/entries.tsx"
import { Elections, Events } from "../views/observed/happenings.tsx"
import { Keys } from "../views/observed/keys.tsx"
import { LiveRing } from "../views/observed/live-ring.tsx"
import { Logs } from "../views/observed/logs.tsx"
import { Members } from "../views/observed/members.tsx"
import { NodeActions } from "../views/observed/node-actions.tsx"
import { Nodes } from "../views/observed/nodes.tsx"
import { Permission } from "../views/observed/permission.tsx"
import { Processes } from "../views/observed/processes.tsx"
import { Reachability } from "../views/observed/reachability.tsx"
import { Ribbons } from "../views/observed/ribbons.tsx"
import { SaveCapture } from "../views/observed/save-capture.tsx"
import { VerdictLine } from "../views/observed/verdict-line.tsx"
import { useTitle } from "../views/use-title.ts"

export function LivePage({ token }: { readonly token: string | null }) {
  useTitle("Live")
  const live = useMemo(() => new LiveCluster(token), [token])
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
