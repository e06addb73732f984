import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { findStory } from "./find-story.ts"
import { stories } from "./stories.ts"

const folder = fileURLToPath(new URL("../../../../scenarios/", import.meta.url))
const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".scenario"))
  .map((file) => file.replace(/\.scenario$/, ""))

test("the page has every story of every folder", () => {
  expect(stories.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
})

test("each is found by its name, and what is no name finds nothing", async () => {
  for (const story of stories) expect(await findStory(story.name)).toEqual(story)
  for (const name of ["", "/", "elections", "elections/nothing", "nothing/clean-election", "constructor/name", "__proto__/x"])
    expect(await findStory(name)).toBeNull()
})
