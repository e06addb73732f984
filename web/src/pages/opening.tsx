/** A recorded run, while it happens again: how far it has come, and then whatever shows it. */

import type { Trace } from "oarlock/simulator"
import type { ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"
import { openTraceInParts, type Opened } from "../model/opening/open-trace.ts"

interface OpeningProps {
  readonly trace: Trace
  readonly children: (opened: Opened) => ComponentChildren
}

export function Opening({ trace, children }: OpeningProps) {
  const [step, setStep] = useState(0)
  const [opened, setOpened] = useState<Opened | null>(null)
  const [problem, setProblem] = useState<Error | null>(null)
  useEffect(() => {
    let isGivenUp = false
    openTraceInParts(trace, setStep, () => isGivenUp).then(setOpened, setProblem)
    return () => {
      isGivenUp = true
    }
  }, [trace])
  // For the page around it to tell.
  if (problem !== null) throw problem
  if (opened !== null) return <>{children(opened)}</>
  const { end } = trace
  return (
    <main class="problem" aria-busy="true">
      <h1>Replaying</h1>
      <p>{`Event ${step} of ${end.step}`}</p>
      <progress value={step} max={end.step} aria-label="Events replayed" />
    </main>
  )
}
