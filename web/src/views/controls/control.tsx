/** A button of a toolbar, with its name and its key for those who do not know its sign. */

import type { ComponentChildren } from "preact"

interface ControlProps {
  readonly name: string
  readonly keys?: string
  readonly isMain?: boolean
  readonly isDisabled?: boolean
  readonly act: () => void
  readonly children: ComponentChildren
}

export function Control({ name, keys, isMain = false, isDisabled = false, act, children }: ControlProps) {
  return (
    <button
      type="button"
      class={isMain ? "main" : ""}
      aria-label={name}
      title={keys === undefined ? name : `${name} (${keys})`}
      disabled={isDisabled}
      onClick={act}
    >
      {children}
    </button>
  )
}
