/**
 * Streams that nobody reads, that are full, or closed: a server goes on serving and says so elsewhere; a command's exit code tells what it did,
 * the listener.
 */

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { connect } from "../../src/client/index.ts"
import { eventually, freePort } from "./real-cluster.ts"
import { oarlock, say, script } from "./terminal.ts"

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oarlock-streams-"))
})

afterAll(() => {
  // Those who do not read do not notice either that nobody writes any more.
  for (const pid of (readIf(join(folder, "readers")) ?? "").trim().split("\n")) if (pid !== "") killIfThere(Number(pid))
  rmSync(folder, { recursive: true, force: true })
})

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OARLOCK_|ETCD)/.test(name)))

/** A line of the shell, for what only a shell can redirect. `$O` is the command. */
function shell(line: string): ChildProcess {
  return spawn("bash", ["-c", line], {
    cwd: folder,
    env: { ...environment, O: `${process.execPath} ${script}` },
    stdio: ["ignore", "pipe", "pipe"],
  })
}

/** Exit code of the shell, and what it said. */
async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = ""
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, "close")) as [number | null]
  return { code, said }
}

interface Node {
  readonly pid: number
  readonly client: string
  /** Ends it in order and returns the shell's word on how that went. */
  stop(): Promise<string>
}

/** One server whose standard error goes where `redirect` says. A port that was free may be somebody else's by then: it is started again with others. */
async function start(name: string, redirect: string, level = "info"): Promise<Node> {
  for (let tries = 1; ; tries++) {
    const node = await tryToStart(name, redirect, level)
    if (node !== null) return node
    if (tries === 3) throw new Error(`${name} ended ${tries} times instead of serving`)
    rmSync(join(folder, `${name}.exit`), { force: true })
  }
}

/** Null if it ended. */
async function tryToStart(name: string, redirect: string, level: string): Promise<Node | null> {
  const client = `127.0.0.1:${await freePort()}`
  const urls = `--listen-client-urls http://${client} --listen-peer-urls http://127.0.0.1:${await freePort()}`
  // The shell keeps the process's number and its exit code, whatever becomes of the pipe.
  const serve = `{ $O start --data-dir ${name} --log-level ${level} ${urls} & echo $! > ${name}.pid; wait $!; echo $? > ${name}.exit; }`
  const whole = spawn("bash", ["-c", `${serve} ${redirect}`], {
    cwd: folder,
    env: { ...environment, O: `exec ${process.execPath} ${script}` },
    stdio: "ignore",
  })
  const state = await eventually(`${name} serves`, () =>
    fetch(`http://${client}/health`).then(
      (answer) => answer.ok && "serves",
      () => readIf(join(folder, `${name}.exit`)) !== null && "ended",
    ),
  )
  if (state === "ended") return null
  const pid = Number(readFileSync(join(folder, `${name}.pid`), "utf8"))
  return {
    pid,
    client,
    async stop() {
      process.kill(pid, "SIGTERM")
      const text = await eventually(`${name} ends`, () => readIf(join(folder, `${name}.exit`)))
      whole.kill("SIGKILL")
      return text.trim()
    },
  }
}

function readIf(file: string): string | null {
  try {
    return readFileSync(file, "utf8") || null
  } catch {
    return null
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended by itself.
  }
}

/** Lines of the log, as many as one likes. */
async function makeLines(node: Node, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 20) {
    await Promise.all(Array.from({ length: Math.min(20, left) }, () => say(node.client, ["\u0000nobody's protocol"], "close")))
  }
}

async function serves(node: Node): Promise<void> {
  const client = connect({ endpoints: [node.client] })
  await client.put("a", "b")
  expect((await client.get("a"))?.value.toString()).toBe("b")
  client.close()
}

const figures = async (node: Node): Promise<string> => (await fetch(`http://${node.client}/metrics`)).text()
const logLines = async (node: Node): Promise<{ linesLost: number; trouble: string | null }> =>
  ((await (await fetch(`http://${node.client}/cluster`)).json()) as { logLines: { linesLost: number; trouble: string | null } }).logLines

describe("a server goes on serving, and says so elsewhere, when its log", () => {
  test.each([
    ["has a reader that ends", "reader", "2> >(head -1)", "its reader has closed it"],
    ["has a reader that does not read", "sleeper", "2> >(echo $BASHPID >> readers; exec sleep 600)", "its reader does not read"],
    ["goes to a full disk", "full", "2> /dev/full", "the disk that it goes to is full"],
  ])("%s", async (_title, name, redirect, trouble) => {
    const node = await start(name, redirect, "debug")
    await makeLines(node, 900)
    await serves(node)
    expect((await logLines(node)).trouble).toBe(trouble)
    expect(await figures(node)).toMatch(/oarlock_log_ok\{[^}]*\} 0/)
    const status = await oarlock(["status", "--endpoints", node.client], { cwd: folder })
    expect(status.stdout).toContain(`it serves, but its log cannot be written: ${trouble}`)
    expect(await node.stop()).toBe("0")
  })

  test("is closed from the start", async () => {
    const node = await start("closed", "2>&-", "debug")
    await makeLines(node, 20)
    await serves(node)
    expect(await node.stop()).toBe("0")
  })
})

describe("a cluster", () => {
  test("whose logs nobody reads survives kill -9 of one server after the other, under a supervisor that restarts what failed", async () => {
    const ids = [1, 2, 3]
    const members: { id: number; peer: string; client: string }[] = []
    for (const id of ids) members.push({ id, peer: `127.0.0.1:${await freePort()}`, client: `127.0.0.1:${await freePort()}` })
    writeFileSync(join(folder, "three.json"), JSON.stringify({ cluster: "three", members, data: "three-{id}" }))
    const supervisors = ids.map((id) =>
      spawn(
        "bash",
        [
          "-c",
          `until ( echo $BASHPID > three-${id}.pid; exec $O start --cluster three.json --id ${id} 2> >(head -1) ); do sleep 0.1; done`,
        ],
        { cwd: folder, env: { ...environment, O: `${process.execPath} ${script}` }, stdio: "ignore" },
      ),
    )
    const pidOf = (id: number): number => Number(readFileSync(join(folder, `three-${id}.pid`), "utf8"))
    const client = connect({ endpoints: members.map((member) => member.client), timeoutMs: 20_000 })
    const pids = new Set<number>()
    try {
      await client.put("a", "0")
      for (const id of ids) {
        const pid = pidOf(id)
        pids.add(pid)
        process.kill(pid, "SIGKILL")
        // One that was on its way through the server that died may be unknown; this one may be repeated.
        await eventually("a write is done", () => client.put("a", String(id)).catch(() => null))
        await eventually(`n${id} is back`, async () => {
          const state = await client.status({ endpoint: members[id - 1]!.client }).catch(() => null)
          return pidOf(id) !== pid && state !== null
        })
      }
      expect((await client.get("a"))?.value.toString()).toBe("3")
      expect(supervisors.map(({ exitCode }) => exitCode)).toEqual([null, null, null])
    } finally {
      client.close()
      for (const supervisor of supervisors) supervisor.kill("SIGKILL")
      for (const id of ids) killIfThere(pidOf(id))
    }
  })
})

describe("a command's exit code tells what it did, whatever becomes of its streams", () => {
  let node: Node
  beforeAll(async () => {
    node = await start("commands", "2> /dev/null")
    const client = connect({ endpoints: [node.client] })
    await client.put("a", "b")
    client.close()
  })
  afterAll(async () => {
    await node?.stop()
  })

  test.each<[string, number]>([
    ["$O cas a x --expect q $E", 1],
    ["$O get nobody $E", 3],
    ["$O delete nobody $E", 3],
    ["$O get a --timeout 300 --endpoints 127.0.0.1:1", 5],
    ["$O put a", 2],
    ["$O put a b $E", 0],
    ["$O get a $E", 0],
  ])("%s", async (line, code) => {
    const streams = ["2> >(exit)", "> >(exit)", "2>&-", ">&-", ">&- 2>&- <&-", "2> /dev/full"]
    const codes = await Promise.all(
      streams.map(async (stream) => (await ended(shell(`E="--endpoints ${node.client}"; ${line} ${stream}; echo "exit $?"`))).said),
    )
    expect(codes.map((said) => /exit (\d+)\n/.exec(said)?.[1])).toEqual(streams.map(() => String(code)))
  })

  test("what is done but cannot be told exits with 6, and is done; a refusal stays one", async () => {
    const run = async (line: string) => (await ended(shell(`E="--endpoints ${node.client}"; ${line}; echo "exit $?"`))).said
    expect(await run("$O put told c $E > /dev/full")).toMatch(
      /^oarlock: It is done, but the results could not be written to standard output: ENOSPC.*\nexit 6\n$/,
    )
    expect(await run("$O get told $E")).toBe("c\nexit 0\n")
    const [both, json, help, missing, viewer] = await Promise.all(
      ["$O put told d $E > /dev/full 2>&1", "$O get told $E --json > /dev/full", "$O --help > /dev/full", "$O get nobody $E > /dev/full"]
        .concat("$O watch-leader $E > /dev/full")
        .map(run),
    )
    expect(both).toBe("exit 6\n")
    expect(JSON.parse(json!.split("\n")[0]!)).toMatchObject({ error: { kind: "untold", exitCode: 6 } })
    expect(help).toMatch(/exit 6\n$/)
    expect(missing).toMatch(/exit 3\n$/)
    expect(viewer).toMatch(/could not be written.*\nexit 6\n$/)
  })

  test("a command that only shows ends quietly, as other tools do, once nobody reads any further", async () => {
    const watched = shell(`$O watch-leader --endpoints ${node.client} > >(exit); echo "exit $?"`)
    expect((await ended(watched)).said).toBe("exit 141\n")
  })

  test("a value that cannot be read is not taken for an empty one", async () => {
    const run = async (line: string) => (await ended(shell(`E="--endpoints ${node.client}"; ${line}; echo "exit $?"`))).said
    expect(await run("$O put a - $E < .")).toMatch(/could not be read from standard input: it is a folder.*\nexit 2\n$/)
    expect(await run("$O get a $E")).toBe("b\nexit 0\n")
  })
})

describe("what serves goes on when nobody reads its story:", () => {
  test("oarlock dev, whose cluster can still be broken, mended and stopped", async () => {
    mkdirSync(join(folder, "story"))
    const dev = shell("cd story && exec $O dev --base-port 0 > >(head -1) 2> >(head -1)")
    const cwd = join(folder, "story")
    await eventually("it runs", async () => (await oarlock(["chaos", "status"], { cwd })).code === 0)
    for (let round = 0; round < 2; round++) {
      expect((await oarlock(["chaos", "kill", "leader"], { cwd })).code).toBe(0)
      expect((await oarlock(["put", "a", String(round)], { cwd })).code).toBe(0)
      expect((await oarlock(["chaos", "restart"], { cwd })).code).toBe(0)
    }
    expect((await oarlock(["get", "a"], { cwd })).stdout).toBe("1\n")
    // Where it would write at its end that it runs no more, there is nothing.
    rmSync(join(cwd, "data"), { recursive: true, force: true, maxRetries: 5 })
    dev.kill("SIGINT")
    expect(await once(dev, "exit")).toEqual([0, null])
  })

  test("a command that was asked to end does, though its words wait for somebody who does not read", async () => {
    mkdirSync(join(folder, "unread"))
    const cwd = join(folder, "unread")
    // A pipe whose 64 KiB are full before the story begins.
    const dev = shell(
      "cd unread && { head -c 65536 /dev/zero; exec $O dev --json --base-port 0; } > >(echo $BASHPID >> ../readers; exec sleep 600)",
    )
    await eventually("it runs", async () => (await oarlock(["chaos", "status"], { cwd })).code === 0)
    dev.kill("SIGINT")
    expect(await once(dev, "exit")).toEqual([0, null])
  })

  test("oarlock play, whose page can still be opened", async () => {
    const port = await freePort()
    const play = shell(`exec $O play --no-open --port ${port} > >(exit)`)
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.ok,
        () => false,
      )
    await eventually("it serves", answers)
    expect(await answers()).toBe(true)
    play.kill("SIGINT")
    expect(await once(play, "exit")).toEqual([0, null])
  })
})

describe("the simulator's tools", () => {
  const run = (line: string) => ended(shell(line))

  test("of a run that fails keep the trace, or say why they cannot and still which seed it was", async () => {
    const failing = "$O simulate --nodes 3 --set disk.lieRate=0.3 --failures-max 1 --jobs 1"
    const [kept, lost] = await Promise.all([run(`${failing} --out traces`), run(`touch file; ${failing} --out file/traces`)])
    const file = /oarlock replay (traces\/seed-\d+\.json)/.exec(kept.said)![1]!
    expect(kept.code).toBe(1)
    expect(lost.code).toBe(1)
    expect(lost.said).toMatch(/its trace could not be kept \(ENOTDIR.*choose another folder with --out/)
    expect(lost.said).toMatch(/to see it: oarlock simulate --from \d+ --seeds 1/)

    const [nowhere, full, cut, json] = await Promise.all([
      run(`$O minimize ${file} --out nowhere/small.json`),
      run(`$O replay ${file} > /dev/full`),
      run(`$O replay ${file} --export events > >(exit); echo "exit $?"`),
      run(`$O replay ${file} --json | head -c 10 > /dev/null; echo "exit \${PIPESTATUS[0]}"`),
    ])
    expect(nowhere).toMatchObject({
      code: 2,
      said: expect.stringMatching(/^oarlock: Could not write nowhere\/small\.json: ENOENT/) as string,
    })
    expect(full).toMatchObject({ code: 6, said: expect.stringContaining("could not be written to standard output: ENOSPC") as string })
    expect(cut.said).toBe("exit 141\n")
    expect(json.said).toBe("exit 0\n")
  })

  test("say where they could not write, and leave no half of a file", async () => {
    const [results, standard, piped] = await Promise.all([
      run("$O simulate --seeds 2 --jobs 1 --results /dev/full"),
      run("$O simulate --seeds 1 --jobs 1 > /dev/full"),
      run("$O simulate --for 60s --jobs 1 --results - 2>/dev/null | head -2 >/dev/null; echo ${PIPESTATUS[0]}"),
    ])
    expect(results).toMatchObject({ code: 2, said: expect.stringMatching(/^oarlock: Could not write \/dev\/full: ENOSPC/) as string })
    expect(standard).toMatchObject({ code: 6, said: expect.stringContaining("could not be written to standard output") as string })
    expect(piped.said).toBe("141\n")
  })
})
