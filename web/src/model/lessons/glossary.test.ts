import { readdirSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { readGlossary } from "./glossary.ts"
import { parseLesson } from "./parse-lesson.ts"

const glossary = readGlossary(readFileSync("docs/glossary.md", "utf8"))

test("the glossary is read as plain words", () => {
  expect(glossary.get("matchindex")).toEqual({
    word: "matchIndex",
    meaning: "up to where a follower's log on disk is known to equal the leader's",
    source: "paper Fig. 2",
  })
  expect(glossary.get("prevote")).toBe(glossary.get("pre-candidate"))
  for (const { meaning } of glossary.values()) expect(meaning).not.toMatch(/[`*[\]]/)
})

test("every word that a lesson explains has an entry", () => {
  const texts = readdirSync("lessons").flatMap((file) => {
    const { steps } = parseLesson(readFileSync(`lessons/${file}`, "utf8"), file.replace(/\.md$/, ""))
    return steps.flatMap(({ before, after }) => [...before, ...after])
  })
  const asked = texts.flatMap((text) => [...text.matchAll(/\[[^\]]+\]\(([^)]+)\)/g)].map(([, word]) => word!))
  expect(new Set(asked).size).toBeGreaterThan(8)
  expect(asked.filter((word) => !glossary.has(word))).toEqual([])
})
