/** Reads a lesson. What it does not understand it refuses, with the line. */

import { LessonError, lessonStepsMax, type Answer, type Lesson, type LessonStep } from "./lesson.ts"

interface Draft {
  readonly line: number
  readonly title: string
  readonly before: string[]
  readonly answers: Answer[]
  readonly after: string[]
  question: string | null
  lines: LessonStep["lines"] | null
}

/** Throws a `LessonError`. */
export function parseLesson(text: string, name: string): Lesson {
  const lines = text.split("\n")
  const fail = (line: number, problem: string): never => {
    throw new LessonError(`${name}.md`, line, problem)
  }
  const [, title = fail(1, "a lesson begins with `# ` and its title")] = /^# (.+)$/.exec(lines[0]!) ?? []
  const drafts: Draft[] = []
  let opening = ""
  for (const { line, text: block } of blocksOf(lines, fail)) {
    const draft = drafts.at(-1)
    if (block.startsWith("## "))
      drafts.push({ line, title: block.slice(3), before: [], answers: [], after: [], question: null, lines: null })
    else if (draft === undefined)
      opening = opening === "" ? block : fail(line, "only one paragraph stands before the first step: what the lesson teaches")
    else if (block.startsWith("```scenario\n")) {
      if (draft.lines !== null) fail(line, `the step "${draft.title}" has a script already`)
      draft.lines = { first: line + 1, last: line + block.split("\n").length - 2 }
    } else if (/^\*\*.+\?\*\*$/.test(block))
      draft.question = draft.question === null ? block.slice(2, -2) : fail(line, "a step asks one question")
    else if (block.startsWith("- [")) draft.answers.push(...answersIn(block, line, fail))
    else (draft.answers.length > 0 || draft.lines !== null ? draft.after : draft.before).push(block.replaceAll("\n", " "))
  }
  const [, moral, source] = /^(.+) \((.+)\)\.$/s.exec(opening.replaceAll("\n", " ")) ?? []
  if (moral === undefined || source === undefined) fail(3, "the first paragraph ends with its source in brackets: (Raft §5.2).")
  if (drafts.length === 0 || drafts.length > lessonStepsMax)
    fail(1, `a lesson has 1 to ${lessonStepsMax} steps, each with a heading \`## \``)
  const steps = drafts.map((draft) => stepOf(draft, lines, fail))
  return { name, title, moral: `${moral}.`, source: source!, steps, script: scriptOf(`# ${moral} (${source}).`, lines, steps) }
}

type Fail = (line: number, problem: string) => never

/** What stands between empty lines, and what stands between fences, with the line that it begins on. */
function* blocksOf(lines: readonly string[], fail: Fail): Generator<{ readonly line: number; readonly text: string }> {
  let at = 1
  while (at < lines.length) {
    if (lines[at]!.trim() === "") {
      at += 1
      continue
    }
    const isFenced = lines[at]!.startsWith("```")
    const end = lines.findIndex((line, position) => position > at && (isFenced ? line === "```" : line.trim() === ""))
    if (isFenced && end === -1) fail(at + 1, "this block is never closed by ```")
    const next = end === -1 ? lines.length : isFenced ? end + 1 : end
    yield { line: at + 1, text: lines.slice(at, next).join("\n").trim() }
    at = next
  }
}

/** An answer a row; the indented rows below a wrong one say why it is wrong. */
function answersIn(block: string, line: number, fail: Fail): Answer[] {
  const answers: Answer[] = []
  for (const [position, row] of block.split("\n").entries()) {
    const last = answers.at(-1)
    if (row.startsWith("  ") && last !== undefined) {
      if (last.isRight) fail(line + position, "only a wrong answer says why: what is right stands behind the question")
      answers[answers.length - 1] = { ...last, why: last.why === null ? row.trim() : `${last.why} ${row.trim()}` }
      continue
    }
    const [, mark, text] =
      /^- \[([ x])\] (.+)$/.exec(row) ?? fail(line + position, "an answer begins with `- [ ] `, the right one with `- [x] `")
    answers.push({ text: text!, isRight: mark === "x", why: null })
  }
  return answers
}

function stepOf({ line, title, before, question, answers, after, lines }: Draft, all: readonly string[], fail: Fail): LessonStep {
  if (lines === null) return fail(line, `the step "${title}" has no script: a block that begins with \`\`\`scenario`)
  if (!all[lines.last - 1]!.startsWith("expect ")) return fail(lines.last, "the script of a step ends with an `expect`")
  if (question === null) {
    if (answers.length > 0) fail(line, `the step "${title}" has answers, but no question: a paragraph such as **Who can win?**`)
    return { title, before, question: null, after, lines }
  }
  if (answers.length < 2 || answers.filter(({ isRight }) => isRight).length !== 1)
    fail(line, "a question has two answers or more, and one of them is right")
  const silent = answers.find(({ isRight, why }) => !isRight && why === null)
  if (silent !== undefined) fail(line, `the wrong answer "${silent.text}" does not say why it is wrong, in an indented line below it`)
  return { title, before, question: { text: question, answers }, after, lines }
}

function scriptOf(moral: string, lines: readonly string[], steps: readonly LessonStep[]): string {
  const isScript = (line: number): boolean => steps.some(({ lines: { first, last } }) => first <= line && line <= last)
  return lines.map((line, position) => (position === 0 ? moral : isScript(position + 1) ? line : "")).join("\n")
}
