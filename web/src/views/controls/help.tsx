/** What each key does. Apart, because few ask for it. */

const keys = [
  ["space", "play or pause"],
  ["← →", "one event back or on"],
  ["Shift+← →", "to the election before, or the next"],
  ["1 to 9", "select a server"],
  ["C", "crash the selected server"],
  ["R", "restart it"],
  ["W", "write through it"],
  ["T", "let its timer run out"],
  ["P", "cut it off from everybody"],
  ["H", "heal all cuts"],
  ["A", "let all election timers run out at once"],
  ["G", "start every server that is down, resume every one that stands still"],
  ["B", "begin a branch here"],
  ["I", "to the inspector"],
  ["Shift+F10", "what can be done to a server, a message or a link"],
  ["Ctrl+Z", "undo, with Shift redo"],
  ["Escape", "select nothing"],
  ["/", "search what happened"],
  ["?", "this help"],
] as const

export function Help({ without, close }: { readonly without: readonly string[]; readonly close: () => void }) {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return
    event.stopPropagation()
    close()
  }
  return (
    <div class="help" role="dialog" aria-label="Keys" aria-modal="true" onKeyDown={onKeyDown}>
      <h2>Keys</h2>
      <dl>
        {keys
          .filter(([key]) => !without.includes(key))
          .map(([key, what]) => (
            <div class="field" key={key}>
              <dt>{key}</dt>
              <dd>{what}</dd>
            </div>
          ))}
      </dl>
      <button type="button" onClick={close} ref={focus}>
        Close
      </button>
    </div>
  )
}

function focus(element: HTMLElement | null): void {
  element?.focus()
}
