/** For what there is much of, and of which little changes from one event to the next. */

import { Component, type ComponentChild } from "preact"

/** A component that is drawn anew only when its properties are not the same any more. */
export function memo<Props extends object>(
  draw: (props: Props) => ComponentChild,
  isSame: (one: Props, other: Props) => boolean = isEqual,
) {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return !isSame(this.props, next)
    }

    override render(props: Props): ComponentChild {
      return draw(props)
    }
  }
}

function isEqual<Props extends object>(one: Props, other: Props): boolean {
  for (const name in other) if (one[name] !== other[name]) return false
  return true
}
