import { expect, test, vi } from "vitest"
import { exitPatienceMs, exitSoon } from "./exit-soon.ts"

test("exitPatienceMs: a process that was asked to end does, though words wait for somebody who does not read", () => {
  vi.useFakeTimers()
  try {
    const exit = vi.fn()
    exitSoon(exit)
    vi.advanceTimersByTime(exitPatienceMs - 1)
    expect(exit).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(exit).toHaveBeenCalledOnce()
  } finally {
    vi.useRealTimers()
  }
})
