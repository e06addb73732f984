/** Reading through a node, and again whenever what was read may have changed: a busy node at most every so often. */

import { useEffect, useRef, useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import type { LiveCluster } from "../../model/observed/live/live-cluster.ts"
import { RefusedError } from "../../model/observed/live/power.ts"

/** In milliseconds. */
const readEveryMs = 300

export interface ReadingRequest {
  /** Null: nobody can be asked. */
  readonly address: string | null
  readonly path: string
  readonly body: object
  /** Another one: the answer may be another one. */
  readonly version: string
}

export interface Reading<Answer> {
  /** The last one that came. */
  readonly answer: Answer | null
  /** Why there is none, or none that is new. */
  readonly problem: string | null
}

export function useReading<Answer>(live: LiveCluster, { address, path, body, version }: ReadingRequest): Reading<Answer> {
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const readAt = useRef(0)
  const asked = JSON.stringify([address, path, body])
  const wanted = useRef(asked)
  wanted.current = asked
  /** Readings so far, and the latest of them that came to anything: one that was overtaken is too late. */
  const begun = useRef(0)
  const ended = useRef(0)
  useEffect(() => {
    const read = async (): Promise<void> => {
      readAt.current = Date.now()
      const number = ++begun.current
      const isLate = (): boolean => wanted.current !== asked || number < ended.current
      if (address === null) return setProblem("No node answers: this is as it was last read.")
      try {
        const found = await live.read<Answer>(address, path, body)
        if (isLate()) return
        ended.current = number
        setAnswer(found)
        setProblem(null)
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error
        if (!isLate()) setProblem(error.message)
      }
    }
    const timer = setTimeout(() => inBackground(read()), Math.max(0, readAt.current + readEveryMs - Date.now()))
    return () => clearTimeout(timer)
  }, [live, address, path, asked, version])
  return { answer, problem }
}
