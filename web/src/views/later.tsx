/** A page, or a part of one, that is loaded when somebody goes there. */

import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"

export const partMissing = "A part of this page could not be loaded. Is the server that it came from still there? Then load it again."

interface LaterProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>
  readonly props: Props
  /** Stands within a page. */
  readonly isPart?: boolean
}

/** What was loaded once is there at once. */
const loadedBy = new WeakMap<object, unknown>()

export function Later<Props extends object>({ load, props, isPart = false }: LaterProps<Props>) {
  const [Page, setPage] = useState(() => (loadedBy.get(load) as ComponentType<Props> | undefined) ?? null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    load().then(
      (loaded) => {
        loadedBy.set(load, loaded)
        setPage(() => loaded)
      },
      () => setProblem(partMissing),
    )
  }, [load])
  if (problem !== null) {
    if (isPart) return <p role="alert">{problem}</p>
    return (
      <main class="problem">
        <p role="alert">{problem}</p>
      </main>
    )
  }
  if (Page !== null) return <Page {...props} />
  return isPart ? <div class="loading" aria-busy="true" /> : <main class="problem" aria-busy="true" />
}
