import { expect, test } from "vitest"
import { embedCode } from "./embed-code.ts"

test("the frame shows what is said, and no text ends its attributes", () => {
  expect(embedCode("https://example.org/raft/", "#/embed/elections/clean-election", 'An "election" & <more>')).toBe(
    '<iframe src="https://example.org/raft/#/embed/elections/clean-election" title="An &quot;election&quot; &amp; &lt;more>" width="600" height="500" style="max-width: 100%; border: 0" loading="lazy"></iframe>',
  )
})
