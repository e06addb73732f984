/** Live: a real cluster of three processes, watched, broken and operated from a real browser. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { AxeResults } from "axe-core"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { connect } from "../../../src/client/index.ts"
import { RealCluster } from "../real-cluster.ts"
import { button, desktop, openBrowser } from "./browser.ts"
import { LiveCluster, TalkativeNode } from "./live-cluster.ts"

let browser: Browser
let cluster: LiveCluster
const complaints: string[] = []

beforeAll(async () => {
  browser = await openBrowser()
  cluster = await LiveCluster.start()
})

afterAll(async () => {
  await browser?.close()
  await cluster?.close()
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await cluster.mend()
  expect(complaints.splice(0)).toEqual([])
})

async function visit(address: string, options: BrowserContextOptions = { viewport: desktop }): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  page.on("pageerror", (error) => complaints.push(String(error)))
  page.on("console", (message) => {
    // That a dead node could not be asked is told by the browser itself, and no page can help it.
    const isNetwork = message.text().startsWith("Failed to load resource")
    if (!isNetwork && (message.type() === "error" || message.type() === "warning")) complaints.push(message.text())
  })
  await page.goto(address)
  await page.locator("h1").first().waitFor()
  return page
}

const verdict = (page: Page) => page.locator(".verdict h1")
const says = async (page: Page, words: RegExp): Promise<string> => {
  const line = page.locator(".verdict h1", { hasText: words })
  await line.waitFor({ timeout: 20_000 })
  return (await line.textContent())!
}
const leaderIn = (line: string) => {
  const [, name, term] = /(n\d) leads term (\d+)/.exec(line)!
  return { name: name!, term: Number(term) }
}

/** With the token, whole, and armed. */
async function armed(options?: BrowserContextOptions): Promise<Page> {
  const page = await visit(cluster.address, options)
  await says(page, /^Healthy/)
  await page.getByRole("switch").click()
  return page
}

async function act(page: Page, node: string, deed: string): Promise<void> {
  const face = page.locator(`[data-node="${node}"]`)
  if (!(await face.getAttribute("class"))!.includes("selected")) await face.click()
  await button(page, deed).click()
}

describe("breaking it", () => {
  test("kill -9 of the leader: the page names the new one within two seconds, says who cannot reach the old one, and brings it back", async () => {
    const page = await armed()
    const old = leaderIn((await verdict(page).textContent())!)
    await act(page, old.name, "Kill -9")
    const elected = await cluster.leaderAbove(old.term)
    await says(page, new RegExp(`${elected.name} leads term ${elected.term}`))
    expect(performance.now() - elected.seenAt).toBeLessThan(2000)

    const alert = page.locator(".alerts li", { hasText: `${old.name} is unreachable from` })
    await alert.filter({ hasText: new RegExp(`this page.*${elected.name}`) }).waitFor()
    expect(await alert.textContent()).toContain("killed on purpose")
    expect(await page.locator(`[data-node="${old.name}"]`).getAttribute("class")).toContain("down")
    expect(await page.locator(`[data-row="${old.name}"]`).textContent()).toContain("was leader")
    await page.locator(".elections li", { hasText: `Term ${elected.term} ${elected.name} won` }).waitFor()

    await button(page, "Start").click()
    await says(page, /^Healthy/)
    await expect.poll(() => page.locator(".alerts", { hasText: "unreachable" }).count()).toBe(0)
  })

  test("a paused leader is replaced, and follows when it goes on", async () => {
    const page = await armed()
    const old = leaderIn((await verdict(page).textContent())!)
    await act(page, old.name, "Pause")
    await says(page, new RegExp(`(?!${old.name})n\\d leads`))
    await page.locator(".alerts li", { hasText: "paused on purpose" }).waitFor()
    await button(page, "Resume").click()
    await says(page, /^Healthy/)
  })

  test("a leader that is cut off is replaced; healed, the cluster is whole", async () => {
    const page = await armed()
    const old = leaderIn((await verdict(page).textContent())!)
    await act(page, old.name, "Isolate")
    await says(page, new RegExp(`Degraded · (?!${old.name})n\\d leads`))
    await page.locator(".alerts li", { hasText: "cut off on purpose" }).waitFor()
    await page.locator(".reach td.cut").first().waitFor()
    await button(page, "Heal").click()
    await says(page, /^Healthy/)
  })

  test("half down, and down, it says so and what to do, also on a page that is opened only then, and starts the nodes again", async () => {
    const page = await armed()
    const [first, second, third] = cluster.nodes.map(({ name }) => name)
    const kill = async (name: string): Promise<void> => {
      await act(page, name, "Kill -9")
      await page
        .locator(".said", { hasText: `Killed ${name}` })
        .first()
        .waitFor()
    }
    await kill(first!)
    await kill(second!)
    await says(page, /^No leader · 1 of 3 voters answer, a majority is 2/)
    await page.locator(".alerts li", { hasText: `Bring back 1 of ${first} and ${second}` }).waitFor()
    await kill(third!)
    await says(page, /^Down · none of 3 nodes answers · the last one did/)
    expect(await page.locator(".what-to-do").textContent()).toContain("Nothing that was acknowledged is lost")
    await page.reload()
    await says(page, /^Down/)
    await page.getByRole("switch").click()
    for (const { name } of cluster.nodes.slice(1)) await button(page, `Start ${name}`).click()
    await says(page, /leads term/)
    await act(page, cluster.nodes[0]!.name, "Start")
    await says(page, /^Healthy/)
  })
})

describe("keys", () => {
  test("are written, read, followed while others write, and deleted", async () => {
    const page = await armed()
    await page.getByLabel("Key", { exact: true }).fill("greeting")
    await page.getByLabel("Value", { exact: true }).fill("grüß dich")
    await button(page, "Put").click()
    await page.locator(".keys .said", { hasText: /^Committed at revision/ }).waitFor()
    await page.locator(".keys tr", { hasText: "grüß dich" }).waitFor()
    const client = connect({ endpoints: cluster.nodes.map((node) => node.client) })
    await client.put("greeting", "from elsewhere")
    client.close()
    await page.locator(".keys tr", { hasText: "from elsewhere" }).waitFor()
    await page.getByLabel("beginning with").fill("x")
    await page.locator(".keys", { hasText: "0 keys" }).waitFor()
    await page.getByLabel("beginning with").fill("greet")
    await button(page, "Delete greeting").click()
    await page.locator(".keys", { hasText: "0 keys" }).waitFor()
  })

  test("are not those of an answer that comes after that to a later question", async () => {
    const page = await armed()
    await page.locator(".keys", { hasText: "0 keys" }).waitFor()
    let isHeldBack = false
    let letGo = (): void => {}
    const released = new Promise<void>((resolve) => (letGo = resolve))
    await page.route("**/operator/range", async (route) => {
      const { prefix } = route.request().postDataJSON() as { readonly prefix: string }
      if (prefix === "") {
        isHeldBack = true
        await released
      }
      await route.continue()
    })
    const client = connect({ endpoints: cluster.nodes.map((node) => node.client) })
    await client.put("overtaken", "1")
    await expect.poll(() => isHeldBack).toBe(true)
    await page.getByLabel("beginning with").fill("x")
    await page.locator(".keys", { hasText: "0 keys at revision" }).waitFor()
    const late = page.waitForResponse(/operator\/range/)
    letGo()
    await (await late).finished()
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(await page.locator(".keys tr", { hasText: "overtaken" }).count()).toBe(0)
    await client.delete("overtaken")
    client.close()
  })
})

test("the end of a node's log is listed for requests with the token, without values", async () => {
  const page = await armed()
  await page.getByLabel("Key", { exact: true }).fill("a-key")
  await page.getByLabel("Value", { exact: true }).fill("a-value")
  await button(page, "Put").click()
  for (const { name } of cluster.nodes) {
    await page.locator(`[data-node="${name}"]`).click()
    const entries = page.getByRole("region", { name: `The end of ${name}'s log` })
    await entries.locator("tr", { hasText: "a-key" }).filter({ hasText: "put" }).filter({ hasText: "applied" }).first().waitFor()
    expect(await entries.textContent()).not.toContain("a-value")
  }
  await button(page, "Forget the token").click()
  await expect.poll(() => page.getByText("'s log").count()).toBe(0)
})

describe("operating it", () => {
  test("leadership is handed over, after a look at what that means", async () => {
    const page = await armed()
    const { name, term } = leaderIn((await verdict(page).textContent())!)
    const other = cluster.nodes.find((node) => node.name !== name)!
    await act(page, other.name, "Transfer leadership here…")
    expect(await page.getByLabel("Effect").textContent()).toContain("the quorum stays as it is")
    await button(page, "Do it").focus()
    await page.keyboard.press("Enter")
    // So that keys go on where they were.
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(`Actions for ${other.name}`)
    await says(page, new RegExp(`${other.name} leads term ${term + 1}`))
    const election = page.locator(".elections li", { hasText: `Term ${term + 1} ${other.name} won` })
    await election.filter({ hasText: `${other.name} campaigned: ${name} handed leadership over` }).waitFor()
  })

  test("a voter becomes a learner and a voter again, with the quorum before and after", async () => {
    const page = await armed()
    const { name } = leaderIn((await verdict(page).textContent())!)
    const other = cluster.nodes.find((node) => node.name !== name)!
    await act(page, other.name, "Make learner…")
    expect(await page.getByLabel("Effect").textContent()).toContain("3 voters → 2, majority 2: can lose 1 voter → can lose no voter.")
    await button(page, "Do it").click()
    await says(page, /can lose no more voter \(design: 0\)/)
    await page.locator(".panel", { hasText: `Learners: ${other.name}` }).waitFor()
    await act(page, other.name, "Promote…")
    await button(page, "Do it").click()
    await says(page, /can lose 1 more voter \(design: 1\)/)
  })

  test("on a cluster of one's own it takes the token of its nodes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oarlock-token-"))
    writeFileSync(join(folder, "token"), "0123456789abcdef-secret\n")
    const own = await RealCluster.start({ nodes: 3, args: ["--operator-token-file", join(folder, "token")] })
    try {
      const page = await visit(`http://${own.place(1).client}/ui/#/live`)
      const { name } = leaderIn(await says(page, /^Healthy/))
      await page.getByLabel("token").fill("0123456789abcdef-wrong")
      await button(page, "Use it").click()
      await page.getByRole("alert").getByText("takes this token").waitFor()
      await page.getByLabel("token").fill("0123456789abcdef-secret")
      await button(page, "Use it").click()
      await page.getByRole("switch").click()
      await act(page, name, "Take snapshot…")
      await expect.poll(() => button(page, "Kill -9").count()).toBe(0)
      await button(page, "Do it").click()
      await page.locator(".said", { hasText: `${name} took a snapshot` }).waitFor()
    } finally {
      await own.close()
      rmSync(folder, { recursive: true })
    }
  })
})

describe("who may do what", () => {
  /** Runs in the page. */
  const clickAnyway = (element: unknown): void => {
    const found = element as { disabled: boolean; click(): void }
    found.disabled = false
    found.click()
  }

  test("without the token it only looks, and neither nodes nor the supervisor do what it asks", async () => {
    const page = await visit(`${cluster.page}#/live`)
    const { name } = leaderIn(await says(page, /^Healthy/))
    const before = await cluster.processes()
    expect(await page.getByRole("switch").isDisabled()).toBe(true)
    await page.locator(`[data-node="${name}"]`).click()
    for (const deed of ["Kill -9", "Pause", "Restart", "Isolate", "Put", "Remove…", "Transfer leadership here…"]) {
      await expect.poll(() => button(page, deed).count()).toBe(0)
    }
    const asked = await page.evaluate(
      async ([client, supervisor]) => {
        const body = JSON.stringify({ action: "kill", target: "leader", key: "YQ==", value: "", prefix: "", limit: 1 })
        const post = async (url: string) => (await fetch(url, { method: "POST", body })).status
        return Promise.all([post(`http://${client}/operator/put`), post(`http://${client}/operator/range`), post(supervisor!)])
      },
      [cluster.nodes[0]!.client, cluster.page],
    )
    expect(asked).toEqual([403, 403, 403])
    expect(await cluster.processes()).toEqual(before)
  })

  test("with the token, but not armed, nothing can be done, even by who enables the buttons", async () => {
    const page = await visit(cluster.address)
    const { name } = leaderIn(await says(page, /^Healthy/))
    // Not who leads: on a busy machine that may change without anybody's doing.
    const before = await cluster.processes()
    await page.locator(`[data-node="${name}"]`).click()
    await button(page, "Kill -9").waitFor()
    const mutating = page.locator(".node-actions button, .keys form button, .keys table button")
    expect(
      await mutating.evaluateAll((buttons) => buttons.every((one) => (one as unknown as { readonly disabled: boolean }).disabled)),
    ).toBe(true)
    const posts: string[] = []
    page.on("request", (request) => {
      const isLook = request.postData() === '{"action":"status"}' || /\/operator\/(range|entries)$/.test(request.url())
      if (request.method() === "POST" && !isLook) posts.push(`${request.url()} ${request.postData()}`)
    })
    for (const deed of ["Kill -9", "Pause", "Restart", "Isolate", "Take snapshot…", "Remove…"]) {
      await button(page, deed).evaluate(clickAnyway)
    }
    // So the clicks did arrive: the last one asks first, and would do nothing either.
    expect(await page.getByLabel("Effect").textContent()).toContain("3 voters → 2")
    await button(page, "Do it").evaluate(clickAnyway)
    await sleep(1000)
    expect(posts).toEqual([])
    expect(await cluster.processes()).toEqual(before)
  })

  test("the token leaves the address; a reload keeps it for this tab, and is not armed", async () => {
    const page = await armed()
    expect(page.url()).toBe(`${cluster.page}#/live`)
    await page.reload()
    await says(page, /^Healthy/)
    await page.locator(".permission h2", { hasText: "Safe" }).waitFor()
    await button(page, "Forget the token").click()
    await page.reload()
    await page.locator(".permission h2", { hasText: "Read-only" }).waitFor()
  })

  test("a page of another origin is not let in", async () => {
    const stranger = await TalkativeNode.start()
    try {
      const page = await visit(`http://${stranger.client}/#/live`, { viewport: desktop, bypassCSP: true })
      const outcome = await page.evaluate(
        async ([supervisor, token]) =>
          fetch(supervisor!, { method: "POST", headers: { "X-Oarlock-Chaos-Token": token! }, body: '{"action":"status"}' }).then(
            () => "answered",
            () => "refused",
          ),
        [cluster.page, cluster.token],
      )
      expect(outcome).toBe("refused")
      expect(complaints.splice(0).join()).toContain("blocked by CORS policy")
    } finally {
      stranger.close()
    }
  })
})

describe("events", () => {
  let node: TalkativeNode
  beforeAll(async () => (node = await TalkativeNode.start()))
  afterAll(() => node.close())

  const tell = (sessionId: number) => node.tell({ kind: "sessionExpired", sessionId })

  test("a reader that comes back goes on where it was, or is told how many it missed", async () => {
    const page = await visit(`http://${node.client}/#/live`)
    await says(page, /n1 leads/)
    tell(1)
    await page.locator(".live-events li", { hasText: "session 1 expired" }).waitFor()
    node.isHeard = false
    node.hangUp()
    await page.getByText("no events come in").waitFor()
    tell(2)
    node.isHeard = true
    await page.locator(".live-events li", { hasText: "session 2 expired" }).waitFor()
    await expect.poll(() => page.locator(".live-events", { hasText: "skipped" }).count()).toBe(0)
    node.isHeard = false
    node.hangUp()
    for (let session = 3; session < 1010; session++) tell(session)
    node.isHeard = true
    await page.getByText("7 older events were skipped").waitFor()
  })

  test("of a member that joined since the page was loaded, and that it may not ask, it says to load it again", async () => {
    const page = await visit(`http://${node.client}/#/live`)
    await says(page, /^Healthy/)
    const newcomer = await TalkativeNode.start()
    try {
      node.newcomer = newcomer.client
      await page.locator(".alerts li", { hasText: "n2 is unreachable from this page" }).filter({ hasText: "load it again" }).waitFor()
      await says(page, /^Degraded/)
      expect(complaints.splice(0).join()).toContain("Content Security Policy")
    } finally {
      node.newcomer = null
      newcomer.close()
    }
  })

  test("a thousand a second do not freeze it", async () => {
    const page = await visit(`http://${node.client}/#/live`)
    await says(page, /n1 leads/)
    await page.evaluate(`
      window.gaps = []
      let last = performance.now()
      const look = (now) => {
        window.gaps.push(now - last)
        last = now
        requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    `)
    for (let session = 10_000, tenth = 0; tenth < 50; tenth++) {
      const until = performance.now() + 100
      for (let count = 0; count < 100; count++) tell(session++)
      await sleep(Math.max(0, until - performance.now()))
    }
    await page.locator(".live-events li", { hasText: "session 14999 expired" }).waitFor({ timeout: 3000 })
    const gaps = (await page.evaluate("window.gaps")) as number[]
    const sorted = gaps.toSorted((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(150)
    expect(sorted.at(-1)).toBeLessThan(1000)
    await expect.poll(() => page.locator(".live-events li").count()).toBeLessThanOrEqual(100)
  })
})

describe("for everybody", () => {
  const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

  test.each(["light", "dark"] as const)("no serious barrier, %s", async (colorScheme) => {
    const page = await armed({ viewport: desktop, colorScheme, bypassCSP: true })
    await page.locator(`[data-node="n1"]`).click()
    await page.addScriptTag({ content: axeSource })
    const { violations } = (await page.evaluate("axe.run()")) as AxeResults
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`)).toEqual([])
  })

  test.each([
    [390, 800],
    [360, 740],
  ])("a finger alone on a screen of %i × %i breaks and mends it, without scrolling sideways", async (width, height) => {
    const page = await visit(cluster.address, { viewport: { width, height }, hasTouch: true, isMobile: true })
    await says(page, /^Healthy/)
    await page.getByRole("switch").tap()
    expect((await page.getByRole("switch").boundingBox())!.height).toBeGreaterThanOrEqual(40)
    await page.locator(`[data-node="n1"]`).tap()
    await button(page, "Isolate").tap()
    await page.locator(".alerts li", { hasText: "n1 is unreachable from" }).waitFor()
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width)
    await button(page, "Heal").tap()
    await says(page, /^Healthy/)
  })

  test.each([390, 900, 1200])("on a screen %i wide no table has to be scrolled sideways", async (width) => {
    const page = await armed({ viewport: { width, height: 900 } })
    await page.locator(".reach td.yes small").first().waitFor()
    const tooWide = `[...document.querySelectorAll(".live .wide")].filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.ariaLabel)`
    expect(await page.evaluate(tooWide)).toEqual([])
  })

  test("with reduced motion nothing is animated", async () => {
    const page = await visit(cluster.address, { viewport: desktop, reducedMotion: "reduce" })
    await says(page, /^Healthy/)
    expect(await page.evaluate("document.getAnimations().length")).toBe(0)
  })

  test("a node is selected and broken by keys alone", async () => {
    const page = await armed()
    await page.locator(`[data-node="n2"] .face`).focus()
    await page.keyboard.press("Enter")
    await button(page, "Isolate").focus()
    await page.keyboard.press("Enter")
    await page.locator(".said", { hasText: "Cut the link" }).first().waitFor()
    await button(page, "Heal").focus()
    await page.keyboard.press("Enter")
    await says(page, /^Healthy/)
  })
})

test("a page that came from no cluster says where there is one", async () => {
  const { createWebServer } = await import("oarlock/server/internal")
  const server = createWebServer().listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  const page = await visit(`http://127.0.0.1:${(server.address() as { port: number }).port}/#/live`)
  await page.getByText("npm start").waitFor()
  expect(await page.locator("h1").textContent()).toBe("No cluster here")
  server.close()
  server.closeAllConnections()
})
