import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { parseLesson } from "./parse-lesson.ts"
import { noteStep, progressKey, readProgress, standOf, type ProgressStorage } from "./progress.ts"

const name = "0-why-several-computers"
const lesson = parseLesson(readFileSync(`lessons/${name}.md`, "utf8"), name)

function storageOf(items: Map<string, string> = new Map(), refuses = false): ProgressStorage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem(key, text) {
      if (refuses) throw new Error("the quota has been exceeded")
      items.set(key, text)
    },
  }
}

test("steps that were seen are known at the next visit, each once", () => {
  const storage = storageOf()
  expect(standOf(readProgress(storage), lesson)).toBeNull()
  for (const step of [1, 2, 2]) noteStep(storage, lesson, step)
  expect(standOf(readProgress(storage), lesson)).toEqual({ seen: 2, isDone: false })
  for (let step = 1; step <= lesson.steps.length; step++) noteStep(storage, lesson, step)
  expect(standOf(readProgress(storage), lesson)).toEqual({ seen: lesson.steps.length, isDone: true })
})

test.each(["", "{", "null", "7", '{"0-why-several-computers":"all"}', '{"0-why-several-computers":[99,"x"]}'])(
  "what is kept is %j: nothing is known, and nothing breaks",
  (text) => {
    const storage = storageOf(new Map([[progressKey, text]]))
    expect(standOf(readProgress(storage), lesson)).toBeNull()
    noteStep(storage, lesson, 1)
    expect(standOf(readProgress(storage), lesson)).toEqual({ seen: 1, isDone: false })
  },
)

test("a storage that refuses keeps nothing, and nothing breaks", () => {
  const storage = storageOf(new Map(), true)
  noteStep(storage, lesson, 1)
  expect(standOf(readProgress(storage), lesson)).toBeNull()
})
