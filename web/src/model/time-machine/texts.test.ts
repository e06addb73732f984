import { expect, test } from "vitest"
import { Texts } from "./texts.ts"

test("gives every text back as it was, however many there are", () => {
  const texts = new Texts()
  const all = Array.from({ length: 3_000 }, (_, number) => (number % 7 === 0 ? [""] : [`S${number}`, "entries 5–6,\n§5.3 – ✓ 😀"]))
  const places = all.map((lines) => texts.add(lines))
  expect(places.map((place) => texts.at(place))).toEqual(all)
})
