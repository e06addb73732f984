/**
 * The simulator from the command line, as somebody uses it who hunts a bug: run seeds, see one fail, replay it, shrink it, show it to another tool;
 * and the mistakes that he can make on the way.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { LongCommand, oarlock, type Said } from "./terminal.ts"

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-simulation-"))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const say = (...args: readonly string[]): Promise<Said> => oarlock(args, { cwd: folder, patienceMs: 100_000 })
const file = (name: string): string => readFileSync(join(folder, name), "utf8")
const quick = ["--set", "safetyMs=500", "--set", "writesMin=0"]
/** A disk that lies about its syncs: no protocol survives that. */
const lying = [...quick, "--nodes", "3", "--set", "disk.lieRate=0.3", "--set", "faults=[]"]

describe("seeds that pass", () => {
  test("end in a table, whatever the number of jobs, and in one line of results each", async () => {
    const one = await say("simulate", "--seeds", "6", "--jobs", "1", ...quick, "--results", "one.jsonl")
    expect(one).toMatchObject({ code: 0, stderr: "" })
    expect(one.stdout).toMatch(/^WENT THROUGH +SEEDS THAT MET IT .*\nelections +█+/)
    expect(one.stdout).toMatch(/\n6 seeds \(1 to 6\), .* of cluster time, .* seeds\/s, .* simulated s\/s\n.*\n6 passed\n$/)
    expect(await say("simulate", "--seeds", "6", "--jobs", "3", ...quick, "--results", "three.jsonl")).toMatchObject({ code: 0 })
    const results = (name: string) =>
      file(name)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { seed: number })
        .filter(({ seed }) => seed !== undefined)
        .toSorted((a, b) => a.seed - b.seed)
        .map((result) => ({ ...result, wallMs: 0 }))
    expect(results("three.jsonl")).toEqual(results("one.jsonl"))
    expect(results("one.jsonl").map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5, 6])
  })

  test("come to the same in parts on many machines, merged", async () => {
    for (const index of ["0", "1", "2"]) {
      expect(
        await say("simulate", "--seeds", "6", "--index", index, "--of", "3", ...quick, "--results", `part-${index}.jsonl`),
      ).toMatchObject({ code: 0 })
    }
    const parts = await say("simulate", "--json", "--merge", "part-0.jsonl", "part-1.jsonl", "part-2.jsonl", "one.jsonl")
    const whole = await say("simulate", "--json", "--merge", "one.jsonl")
    expect(parts).toMatchObject({ code: 0, stderr: "" })
    const [a, b] = [parts, whole].map(({ stdout }) => ({ ...(JSON.parse(stdout) as object), wallMs: 0 }))
    expect(a).toEqual(b)
    expect(a).toMatchObject({ seeds: 6, passed: 6, failed: 0, missing: [] })
  })

  test("are no campaign while some of them are missing: which, and the command that runs them", async () => {
    const changed = "--set 'safetyMs=500' --set 'writesMin=0'"
    const lines = file("part-1.jsonl").trim().split("\n")
    writeFileSync(join(folder, "cut-short.jsonl"), `${lines.slice(0, 2).join("\n")}\n`)
    writeFileSync(join(folder, "empty.jsonl"), "")
    const said = await say("simulate", "--merge", "part-0.jsonl", "cut-short.jsonl", "empty.jsonl")
    expect(said).toMatchObject({ code: 2, stderr: "" })
    expect(said.stdout.trim().split("\n").slice(-3)).toEqual([
      "3 passed",
      `INCOMPLETE  Part 1 of 3 from seed 1 misses 1 of its 2 seeds, 5: oarlock simulate --seeds 6 --from 1 --index 1 --of 3 ${changed} --results FILE`,
      `INCOMPLETE  Part 2 of 3 from seed 1 is missing: oarlock simulate --seeds 6 --from 1 --index 2 --of 3 ${changed} --results FILE`,
    ])
    expect(await say("simulate", "--merge", "empty.jsonl")).toEqual({
      code: 2,
      stdout: "No seed was run.\nINCOMPLETE  No file says which seeds it should hold.\n",
      stderr: "",
    })
  })

  test("by time say at their end how many there were, and one that Ctrl-C ended does not", async () => {
    expect(await say("simulate", "--for", "1500ms", "--jobs", "1", ...quick, "--results", "timed.jsonl")).toMatchObject({ code: 0 })
    const lines = file("timed.jsonl").trim().split("\n")
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ part: { index: 0, of: 1, from: 1, seeds: null, ran: lines.length - 2 } })
    expect(await say("simulate", "--merge", "timed.jsonl")).toMatchObject({ code: 0 })
    const interrupted = new LongCommand(["simulate", "--for", "10m", "--jobs", "1", ...quick, "--results", "-"], folder)
    await interrupted.says(/\n\{"seed":2,.*\n/)
    await interrupted.end("SIGINT")
    writeFileSync(join(folder, "interrupted.jsonl"), interrupted.said.replaceAll(/^[^{].*\n/gm, ""))
    expect(await say("simulate", "--merge", "interrupted.jsonl")).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/\nINCOMPLETE {2}The campaign from seed 1 did not come to its end: \d+ seeds are here\.\n$/) as string,
    })
  })

  test("are run by the Kubernetes job, whose flags are those of the command", async () => {
    const job = readFileSync(fileURLToPath(new URL("../../deploy/kubernetes/simulate-job.yaml", import.meta.url)), "utf8")
    const args = [.../args:\s*\[([^\]]*)\]/.exec(job)![1]!.matchAll(/"([^"]*)"/g)].map(([, arg]) => arg!)
    const part = args.map((arg) => arg.replace("$(JOB_COMPLETION_INDEX)", "2").replace("100000", "3"))
    const said = await say(...part, ...quick)
    expect(said.code).toBe(0)
    expect(
      said.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([{ part: { index: 2, of: 16, from: 1, seeds: 3 } }, { seed: 3 }])
    expect(job).toMatch(new RegExp(`completions: ${args[args.indexOf("--of") + 1]}\n`))
  })

  test("stop when their time is over", async () => {
    const said = await say("simulate", "--for", "1500ms", "--fresh", "--jobs", "1", ...quick)
    expect(said).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Fresh seeds from \d+\.\n$/) as string })
  })
})

describe("a seed that fails", () => {
  let trace: string

  test("tells the broken rule and the one command that shows it again, and leaves a trace", async () => {
    const said = await say("simulate", "--seeds", "3", ...lying, "--failures-max", "1", "--out", "found")
    expect(said.code).toBe(1)
    expect(said.stderr).toMatch(
      /^FAILED {2}seed \d breaks "[a-z-]+" at event \d+: .*\n +the rule: .*\n +to see it: oarlock replay found\/seed-\d\.json\n/,
    )
    trace = /found\/seed-\d\.json/.exec(said.stderr)![0]
    expect(JSON.parse(file(trace))).toMatchObject({ formatVersion: 1, mode: "swarm", build: "production" })
  })

  test("replays to the same hash, as a picture with its explanations", async () => {
    const said = await say("replay", trace)
    expect(said).toMatchObject({ code: 0, stderr: "" })
    expect(said.stdout).toMatch(/^seed \d, 3 servers.*, a whole run of \d+ events, recorded by oarlock /)
    expect(said.stdout).toMatch(/\n {3}STEP {9}MS {3}S1 +S2 +S3/)
    expect(said.stdout).toMatch(/· S\d .*, §5/)
    expect(said.stdout).toMatch(/\nThe rule: .*\nReplayed: the same \d+ events, the same hash [0-9a-f]{8}\.\n$/s)
    for (const line of said.stdout.split("\n")) expect([...line].length).toBeLessThanOrEqual(120)
  })

  test("is exported event by event, one line of JSON each", async () => {
    const said = await say("replay", trace, "--export", "events")
    expect(said).toMatchObject({ code: 0, stderr: "" })
    const events = said.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { action: string; node: number })
    expect(events[0]).toMatchObject({ step: 1, action: "Init", node: 1 })
    expect(events.some(({ action }) => action === "Receive")).toBe(true)
  })

  test("is shrunk to a smaller trace that replays too", async () => {
    const said = await say("minimize", trace, "--runs", "20")
    expect(said).toMatchObject({ code: 0, stderr: "" })
    expect(said.stdout).toMatch(/^ +BEFORE +AFTER\nevents +\d+ +\d+\n/)
    const smaller = trace.replace(".json", ".min.json")
    expect(said.stdout).toContain(`To see it: oarlock replay ${smaller}\n`)
    const [before, after] = [trace, smaller].map(
      (name) => JSON.parse(file(name)) as { end: { step: number; violation: { checker: string } }; explanation: string[] },
    )
    expect(after!.end.step).toBeLessThan(before!.end.step)
    expect(after!.end.violation.checker).toBe(before!.end.violation.checker)
    expect(after!.explanation[0]).toMatch(/^Minimized from a run of seed \d with \d+ events to \d+, in \d+ runs\./)
    expect(await say("replay", smaller, "--rows", "0")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("the same hash") as string,
    })
  })

  test("that was edited does not replay, and is never judged by another run", async () => {
    const read = JSON.parse(file(trace)) as { config: object; end: { hash: number; step: number } }
    writeFileSync(join(folder, "hash.json"), JSON.stringify({ ...read, end: { ...read.end, hash: 1 } }))
    const hash = await say("replay", "hash.json")
    expect(hash.code).toBe(1)
    expect(hash.stderr).toMatch(
      /^oarlock: hash\.json does not replay: hash at step \d+ is [0-9a-f]{8}, the file says 00000001\. The file was edited, or recorded by other code\.\n$/,
    )
    expect(await say("minimize", "hash.json")).toMatchObject({ code: 1, stdout: "", stderr: hash.stderr })
    const late = { step: 0, op: { kind: "dropMessage", message: "S1>S3#999" } }
    writeFileSync(join(folder, "late.json"), JSON.stringify({ ...read, actions: [late] }))
    expect(await say("replay", "late.json")).toMatchObject({
      code: 0,
      stderr: "late.json: actions[0].op: there is no message S1>S3#999 on its way after event 0, so dropMessage does nothing.\n",
    })
    writeFileSync(join(folder, "version.json"), JSON.stringify({ ...read, coreVersion: "9.9.9", end: { ...read.end, hash: 1 } }))
    expect((await say("replay", "version.json")).stderr).toMatch(
      /recorded by oarlock 9\.9\.9, and this is .*npx oarlock@9\.9\.9 replay version\.json\n$/,
    )
  })
})

describe("a mistake is answered with its place:", () => {
  beforeAll(() => {
    writeFileSync(join(folder, "cut.json"), '{ "formatVersion": 1, "coreVers')
    writeFileSync(join(folder, "future.json"), '{ "formatVersion": 2 }')
    writeFileSync(join(folder, "bad.jsonl"), '{"seed":1\n')
  })

  test.each<[readonly string[], RegExp]>([
    [["replay", "nowhere.json"], /Could not read nowhere\.json: ENOENT/],
    [["replay", "cut.json"], /cut\.json: the file ends in the middle, line 1, column \d+: it was cut off\./],
    [["replay", "future.json"], /future\.json: formatVersion: this is a trace of format 2; this version of Oarlock reads format 1\./],
    [["minimize", "future.json"], /future\.json: formatVersion: /],
    [["simulate", "--merge", "bad.jsonl"], /bad\.jsonl, line 1: this is no whole line of JSON\./],
    [["simulate", "--merge", "nowhere.jsonl"], /Could not read nowhere\.jsonl: ENOENT/],
    [["simulate", "--seeds", "none"], /--seeds: found "none", expected an integer from 1/],
    [["simulate", "--nodes", "0"], /--nodes: found "0", expected a number of servers/],
    [["simulate", "--for", "soon"], /--for: found "soon", expected a length of time/],
    [["simulate", "--set", "network.dropRat=1"], /--set network\.dropRat: is no name that is known here/],
    [["simulate", "--index", "4", "--of", "4"], /--index: found "4", expected an integer from 0 to 3/],
    [["simulate", "--index", "1"], /--index and --of go together/],
    [["simulate", "--fresh", "--from", "3"], /--fresh and --from/],
  ])("oarlock %j", async (args, words) => {
    const said = await say(...args)
    expect(said).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(words) as string })
    expect(said.stderr).toMatch(/^oarlock: /)
  })
})
