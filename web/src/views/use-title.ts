/** Every page has a title of its own: tabs and histories are read. */

import { useEffect } from "preact/hooks"

/** Null: a part of the page gives it one. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = title === "" ? "Oarlock: see Raft run" : `${title} · Oarlock`
  }, [title])
}
