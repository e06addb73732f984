import { expect, test } from "vitest"
import { show } from "./bytes-text.ts"

const bytes = new TextEncoder().encode("grü")

test("text is shown as text, anything else in hexadecimal digits", () => {
  expect(show(bytes)).toBe("grü")
  expect(show(bytes.slice(0, 3))).toBe("0x6772c3")
})

test("text that was cut inside a character is still text, without that character", () => {
  expect(show(bytes.slice(0, 3), true)).toBe("gr")
  expect(show(Uint8Array.of(0xff, 0xc3), true)).toBe("0xffc3")
})
