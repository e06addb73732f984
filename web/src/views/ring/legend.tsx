/** What the signs mean, at hand wherever there is a ring: closed it is a word in the corner of the stage. */

import { useEffect, useRef, useState } from "preact/hooks"
import { Later } from "../later.tsx"

export function Legend({ hasTape = false }: { readonly hasTape?: boolean }) {
  const box = useRef<HTMLDetailsElement>(null)
  // Its signs are drawn as those of the ring are: they are there only while somebody looks at them.
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const onPointerDown = ({ target }: PointerEvent): void => {
      if (box.current?.open === true && !box.current.contains(target as Node)) box.current.open = false
    }
    addEventListener("pointerdown", onPointerDown)
    return () => removeEventListener("pointerdown", onPointerDown)
  }, [])
  return (
    <details
      class="signs"
      ref={box}
      onToggle={() => setOpen(box.current?.open === true)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || box.current?.open !== true) return
        event.stopPropagation()
        box.current.open = false
        box.current.querySelector("summary")!.focus()
      }}
    >
      <summary>Legend</summary>
      {isOpen && <Later load={loadSigns} props={{ hasTape }} isPart />}
    </details>
  )
}

const loadSigns = () => import("./legend-signs.tsx").then((module) => module.LegendSigns)
