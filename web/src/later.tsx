/** A page that is loaded when somebody goes there. */

import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"

interface LaterProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>
  readonly props: Props
}

export function Later<Props extends object>({ load, props }: LaterProps<Props>) {
  const [Page, setPage] = useState<ComponentType<Props> | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    load().then(
      (loaded) => setPage(() => loaded),
      () => setProblem("A part of this page could not be loaded. Is the server that it came from still there? Then load it again."),
    )
  }, [load])
  if (problem !== null) {
    return (
      <main class="problem">
        <p role="alert">{problem}</p>
      </main>
    )
  }
  return Page === null ? <main class="problem" aria-busy="true" /> : <Page {...props} />
}
