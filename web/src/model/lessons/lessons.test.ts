/** Every lesson comes out as it says, headless and in the page alike; and a lesson that cannot be read is refused with its line. */

import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { parseScenario, ScenarioRun } from "../../../../src/simulator/index.ts"
import { LessonError } from "./lesson.ts"
import { openLesson } from "./open-lesson.ts"
import { parseLesson } from "./parse-lesson.ts"

const folder = fileURLToPath(new URL("../../../../lessons/", import.meta.url))
const files = readdirSync(folder).filter((file) => file.endsWith(".md"))
const read = (file: string) => parseLesson(readFileSync(folder + file, "utf8"), file.replace(/\.md$/, ""))

test("there are ten", () => expect(files).toHaveLength(10))

describe.each(files)("%s", (file) => {
  test("comes out as it says, and the page shows the very same run", () => {
    const lesson = read(file)
    const run = new ScenarioRun(parseScenario(lesson.script, file))
    run.finish()
    const { timeMachine, ends, isSame, failure } = openLesson(lesson)
    expect(failure).toBeNull()
    expect(isSame).toBe(true)
    timeMachine.seek(timeMachine.end)
    expect(timeMachine.world.hash()).toBe(run.world.hash())
    expect(ends.at(-1)!.step).toBe(timeMachine.end)
  })

  test("each step ends, in the page, in the state that its script ends in", () => {
    const lesson = read(file)
    const { timeMachine, ends } = openLesson(lesson)
    const run = new ScenarioRun(parseScenario(lesson.script, file))
    for (const [position, { lines }] of lesson.steps.entries()) {
      while (!run.isOver && !(run.current !== null && run.current.place.line > lines.last)) run.step()
      timeMachine.goTo({ branch: 1, ...ends[position]! })
      expect(timeMachine.world.hash(), lesson.steps[position]!.title).toBe(run.world.hash())
    }
  })

  test("asks for predictions", () => {
    expect(read(file).steps.filter(({ question }) => question !== null).length).toBeGreaterThanOrEqual(2)
  })
})

describe("what is no lesson is refused with its line", () => {
  const head = "# A title\n\nA moral (Raft §5).\n\n## A step\n\nText.\n"
  const script = "\n```scenario\ncluster 1\nexpect 1 up\n```\n"

  test.each([
    ["no title", "Text.", 1, "a lesson begins with `# `"],
    ["no source", "# A title\n\nA moral.\n\n## A step\n" + script, 3, "ends with its source in brackets"],
    ["no script", head, 5, 'the step "A step" has no script'],
    ["two scripts", head + script + script, 14, "has a script already"],
    ["an open script", head + "\n```scenario\ncluster 1", 9, "never closed"],
    ["a script without a check", head + "\n```scenario\ncluster 1\nelect 1\n```", 11, "ends with an `expect`"],
    ["answers without a question", head + "\n- [x] a\n- [ ] b\n" + script, 5, "but no question"],
    ["two right answers", head + "\n**Who?**\n\n- [x] a\n- [x] b\n" + script, 5, "one of them is right"],
    ["a wrong answer without a reason", head + "\n**Who?**\n\n- [x] a\n- [ ] b\n" + script, 5, '"b" does not say why it is wrong'],
    ["a right answer with one", head + "\n**Who?**\n\n- [x] a\n  Because.\n- [ ] b\n  No.\n" + script, 12, "only a wrong answer says why"],
    ["a strange list", head + "\n**Who?**\n\n- [x] a\n- b\n" + script, 12, "an answer begins with"],
    ["too many steps", head + script + "\n## Again\n".concat(script).repeat(7), 1, "1 to 7 steps"],
  ])("%s", (_, text, line, problem) => {
    const refused = (): unknown => parseLesson(text, "bad")
    expect(refused).toThrow(LessonError)
    expect(refused).toThrow(`bad.md:${line}: `)
    expect(refused).toThrow(problem)
  })

  test("a script that does not come out as it says names its line in the lesson", () => {
    const { failure } = openLesson(parseLesson(`${head}\n\`\`\`scenario\ncluster 1\nexpect 1 down\n\`\`\`\n`, "bad"))
    expect(failure).toContain("bad.md:11:")
  })
})
