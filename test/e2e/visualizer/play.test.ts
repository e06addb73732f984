/** The playground: what somebody sees and does there. That time travel is exact is tested beside its source, without a browser. */

import { expect, test } from "vitest"
import { button, desktop, field, leaderOf, pause, phone, press, serverAt, stateHash, useVisualizer } from "./browser.ts"

const visualizer = useVisualizer()

test("shows exactly one leader within two seconds", async () => {
  const page = await visualizer.visit()
  await page.locator(".server.leader").waitFor({ timeout: 2_000 })
  await expect.poll(() => page.locator(".server.leader").count()).toBe(1)
})

test("while it plays every view goes along, and none waits for a pause", async () => {
  const page = await visualizer.visit(1)
  await serverAt(page, await leaderOf(page)).click()
  const views = {
    clock: () => page.locator(".clock").textContent(),
    tape: () => page.getByLabel("Event", { exact: true }).inputValue(),
    events: () => page.locator(".event-log li").last().textContent(),
    inspector: () => field(page, "next heartbeat in").textContent(),
    rules: () => page.locator("summary", { hasText: "rules hold" }).textContent(),
  }
  for (const [name, look] of Object.entries(views)) {
    const before = await look()
    await expect.poll(look, { message: name }).not.toBe(before)
  }
  // A write shows in the logs, and what is on its way among what is pending.
  await button(page, "Write").click()
  await expect.poll(() => page.locator('[data-log="1"] td.entry').count()).toBe(2)
  await page.getByRole("tab", { name: "Pending" }).click()
  const next = () => page.locator(".pending .hint").first().textContent()
  const before = await next()
  await expect.poll(next).not.toBe(before)
  await page.locator(".controls .main", { hasText: "Pause" }).waitFor()
})

test("up to nine servers overlap nowhere, on a desk and on a phone", async () => {
  for (const viewport of [desktop, phone]) {
    const page = await visualizer.visit(1, { viewport })
    for (const count of [3, 5, 7, 9]) {
      await page.getByRole("combobox", { name: "servers", exact: true }).selectOption(String(count))
      await expect.poll(() => page.locator(".server").count()).toBe(count)
      const bodies = await page.locator(".server .body").all()
      const boxes = await Promise.all(bodies.map(async (body) => (await body.boundingBox())!))
      for (const [position, one] of boxes.entries()) {
        expect(one.x).toBeGreaterThanOrEqual(0)
        expect(one.x + one.width).toBeLessThanOrEqual(viewport.width)
        for (const other of boxes.slice(position + 1)) expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(one.width)
      }
    }
  }
})

test("a crash empties what was in memory; a restart finds term, vote and log on disk", async () => {
  const page = await visualizer.visit()
  await pause(page)
  const leader = await leaderOf(page)
  await serverAt(page, leader).click()
  const term = await field(page, "currentTerm").textContent()
  const vote = await field(page, "votedFor").textContent()
  expect(await field(page, "role").textContent()).toBe("leader")
  await button(page, "Crash").click()
  await expect.poll(() => serverAt(page, leader).getAttribute("class")).toContain("down")
  await expect.poll(() => field(page, "commitIndex").count()).toBe(0)
  expect(await page.locator(`[data-log="${leader}"] td.on-disk`).allTextContents()).toEqual([expect.stringMatching(`^${term}on disk`)])
  await button(page, "Restart").click()
  await expect.poll(() => page.locator("td.on-disk").count()).toBe(0)
  expect(await field(page, "currentTerm").textContent()).toContain(term)
  expect(await field(page, "votedFor").textContent()).toContain(vote)
  expect(await field(page, "role").textContent()).toContain("follower")
  expect(await field(page, "commitIndex").textContent()).toContain("0")
  expect(await field(page, "log").textContent()).toMatch(/1 to 1/)
})

test("on a desk the logs of five servers are in sight, with the place that comes next", async () => {
  const page = await visualizer.visit()
  await pause(page)
  const box = (await page.locator(".log-table").boundingBox())!
  expect(box.y + box.height).toBeLessThanOrEqual(desktop.height)
  const follower = ((await leaderOf(page)) % 5) + 1
  await press(page, "ArrowRight", 60)
  expect(await page.locator(`[data-log="${follower}"] td`).last().textContent()).toBe("▲")
})

test("where messages go is told while time stands still", async () => {
  const page = await visualizer.visit()
  await pause(page)
  while ((await page.locator(".message").count()) === 0) await press(page, "ArrowRight", 1)
  expect(await page.locator(".heading").count()).toBe(await page.locator(".message").count())
  await button(page, "Play").click()
  await expect.poll(() => page.locator(".heading").count()).toBe(0)
})

test("with one click, a message on its way is dropped", async () => {
  const page = await visualizer.visit()
  await pause(page)
  await serverAt(page, await leaderOf(page)).click()
  await button(page, "Time out").click()
  await page.getByText("More", { exact: true }).click()
  await page.getByLabel("one click crashes and drops").check()
  const message = page.locator(".message").first()
  const name = (await message.getAttribute("data-message"))!
  await message.dispatchEvent("click")
  await expect.poll(() => page.locator(`[data-message="${name}"]`).count()).toBe(0)
  expect(await page.locator(".event-log li").last().textContent()).toContain(name)
})

test("a line across the ring parts it: the minority's write is never committed, and goes when the cut is healed", async () => {
  const page = await visualizer.visit()
  await pause(page)
  const box = (await page.locator(".topology").boundingBox())!
  // Above the line are three servers of five, below it two.
  await page.mouse.move(box.x + 20, box.y + box.height * 0.66)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 20, box.y + box.height * 0.66, { steps: 4 })
  await page.mouse.up()
  await expect.poll(() => page.locator(".link.cut").count()).toBe(6)
  await serverAt(page, 3).click()
  await button(page, "Time out").click()
  await button(page, "Write").click()
  await press(page, "ArrowRight", 60)
  await expect.poll(() => page.locator('[data-log="3"] td.committed', { hasText: "x=" }).count()).toBe(0)
  await page.keyboard.press("h")
  await expect.poll(() => page.locator(".link.cut").count()).toBe(0)
})

test("a link is cut one way only: nothing arrives there, and the way back stays", async () => {
  const page = await visualizer.visit()
  await pause(page)
  // A message may lie on it just where a mouse would click.
  await page.locator('[data-link="1-2"] .link-target').dispatchEvent("click")
  await button(page, "Cut only S1 to S2").click()
  await expect.poll(() => page.getByText("S1 cannot reach S2; S2 reaches S1.").count()).toBe(1)
  await expect.poll(() => page.locator(".link.one-way").count()).toBe(1)
  await button(page, "Heal").click()
  await expect.poll(() => page.locator(".link.one-way").count()).toBe(0)
})

test("a message that is doubled arrives twice, one that is delayed later, and nothing is applied twice", async () => {
  const page = await visualizer.visit()
  await pause(page)
  const leader = await leaderOf(page)
  await serverAt(page, leader).click()
  await button(page, "Write").click()
  const append = page.locator(".message.request", { hasText: "A" })
  for (let event = 0; event < 40 && (await append.count()) === 0; event++) await page.keyboard.press("ArrowRight")
  const name = (await append.first().getAttribute("data-message"))!
  await append.first().dispatchEvent("click")
  await button(page, "Duplicate").click()
  await expect.poll(() => page.locator(`[data-message^="${name}"]`).count()).toBe(2)
  await button(page, "Delay").click()
  await press(page, "ArrowRight", 80)
  await expect.poll(() => page.locator(".invariants.violated").count()).toBe(0)
  await expect.poll(() => page.locator(`[data-log="${leader}"] td.committed`, { hasText: "x=1" }).count()).toBe(1)
})

test("a step on and a step back come to the same state", async () => {
  const page = await visualizer.visit()
  await pause(page)
  for (let round = 0; round < 20; round++) {
    const before = await stateHash(page)
    await page.keyboard.press("ArrowRight")
    await expect.poll(() => stateHash(page)).not.toBe(before)
    await page.keyboard.press("ArrowLeft")
    await expect.poll(() => stateHash(page)).toBe(before)
    await page.keyboard.press("ArrowRight")
  }
})

test("acting in the past makes a branch, and the future stays within reach", async () => {
  const page = await visualizer.visit()
  await pause(page)
  await press(page, "ArrowRight", 30)
  const future = await stateHash(page)
  await press(page, "ArrowLeft", 20)
  await serverAt(page, await leaderOf(page)).click()
  await button(page, "Crash").click()
  await expect.poll(() => page.locator(".tape").count()).toBe(2)
  await page.locator('[data-branch="1"]').click()
  await expect.poll(() => stateHash(page)).toBe(future)
})

test("a link opens in a fresh browser at the same moment, with the same state, and says so", async () => {
  const page = await visualizer.visit()
  await pause(page)
  await serverAt(page, 2).click()
  await button(page, "Write").click()
  await press(page, "ArrowRight", 40)
  const hash = await stateHash(page)
  await button(page, "Share").click()
  await expect.poll(() => page.url()).toMatch(/#\/play\/[^/]{100}/)
  const other = await visualizer.visit(page.url().slice(visualizer.address.length))
  await expect.poll(() => stateHash(other)).toBe(hash)
  expect(await other.locator(".same").textContent()).toContain("Replayed identically")
})

test("a damaged link, and a page that does not exist, get a friendly page", async () => {
  for (const hash of ["#/play/xyz", "#/nowhere", "#/play/AAAA"]) {
    const page = await visualizer.visit(hash)
    expect(await page.locator("main.problem [role=alert]").textContent()).toMatch(/\.$/)
    await page.getByRole("link", { name: "Go to the playground" }).click()
    await page.locator(".server.leader").waitFor()
  }
})

test("the inspector shows a leader what only leaders have, and nobody else", async () => {
  const page = await visualizer.visit()
  await pause(page)
  const leader = await leaderOf(page)
  await serverAt(page, leader).click()
  await expect.poll(() => page.locator(".followers tbody tr").count()).toBe(4)
  await serverAt(page, (leader % 5) + 1).click()
  await expect.poll(() => page.locator(".followers").count()).toBe(0)
})

test("a client's write through a follower is committed and answered, and read back", async () => {
  const page = await visualizer.visit()
  await pause(page)
  const client = page.getByRole("region", { name: "Client" })
  await client.getByLabel("ask").selectOption({ label: `S${((await leaderOf(page)) % 5) + 1}` })
  await client.getByRole("button", { name: "Put" }).click()
  await press(page, "ArrowRight", 120)
  await expect.poll(() => client.locator("li").first().textContent()).toMatch(/^put x=1, asked S\d: committed at index 2 after \d+ ms$/)
  await client.getByRole("button", { name: "Get", exact: true }).click()
  await press(page, "ArrowRight", 120)
  await expect.poll(() => client.locator("li").first().textContent()).toMatch(/^get x, asked S\d: 1, as of index 2/)
})

test("the client stands at the edge while it asks, at the server that it asked, and says what came of it", async () => {
  const page = await visualizer.visit(7)
  await pause(page)
  const figure = page.locator(".client-figure")
  await expect.poll(() => figure.count()).toBe(0)
  const follower = ((await leaderOf(page)) % 5) + 1
  await page.keyboard.press(String(follower))
  await page.keyboard.press("w")
  expect(await figure.getAttribute("aria-label")).toBe(`Client: put x=1 → S${follower} …`)
  const done = page.locator(".client-figure .committed")
  for (let event = 0; event < 60 && (await done.count()) === 0; event++) await page.keyboard.press("ArrowRight")
  expect(await figure.getAttribute("aria-label")).toBe(`Client: put x=1 → S${follower}: done`)
  await press(page, "ArrowRight", 50)
  await expect.poll(() => figure.count()).toBe(0)
})

test("a part of the page that cannot be loaded says so, and the others stay", async () => {
  // Not watched for complaints: that a file is missing the browser tells by itself.
  const page = await (await visualizer.browser.newContext({ viewport: desktop })).newPage()
  await page.goto(`${visualizer.address}#/play/seed/1`)
  await page.locator(".server.leader").waitFor()
  await page.route("**/part-*.js", (route) => route.abort())
  const alert = page.getByRole("alert")
  await page.getByRole("tab", { name: "Space-time" }).click()
  await alert.getByText("could not be loaded. Is the server that it came from still there?").waitFor()
  expect(await page.locator(".server").count()).toBe(5)
  for (const name of ["Learn", "Scenarios", "Live"]) {
    await page.getByRole("link", { name, exact: true }).click()
    await alert.getByText("could not be loaded").waitFor()
    expect(await page.locator("nav [aria-current=page]").textContent()).toBe(name)
  }
  await page.getByRole("link", { name: "Play", exact: true }).click()
  await page.locator(".server.leader").waitFor()
  await page.unroute("**/part-*.js")
  await page.reload()
  await page.getByRole("link", { name: "Learn", exact: true }).click()
  await page.getByRole("heading", { name: "Learn" }).waitFor()
})

test("a client that asked a server of a larger cluster asks one of the smaller one, and nothing breaks", async () => {
  const page = await visualizer.visit()
  await page.locator(".client select").first().selectOption("5")
  await page.getByRole("combobox", { name: "servers", exact: true }).selectOption("3")
  await expect.poll(() => page.locator(".server").count()).toBe(3)
  await expect.poll(() => page.locator(".server.leader").count()).toBe(1)
  await button(page, "Put").click()
  await page.locator(".requests li", { hasText: "asked S1" }).waitFor()
})

test("a box is ticked by Space, and time does not stop for it", async () => {
  const page = await visualizer.visit()
  await page.getByText("More", { exact: true }).click()
  const box = page.getByLabel("one click crashes and drops")
  await box.focus()
  await page.keyboard.press(" ")
  expect(await box.isChecked()).toBe(true)
  expect(await page.locator(".controls .main").textContent()).toContain("Pause")
})

test("what a server heals is what cuts it off, and one that is not alone can be isolated", async () => {
  const page = await visualizer.visit()
  await pause(page)
  await serverAt(page, 2).click()
  await button(page, "Isolate").click()
  await serverAt(page, 3).click()
  await button(page, "Isolate").click()
  await expect.poll(() => page.locator(".link.cut").count()).toBe(7)
  await expect.poll(() => button(page, "Isolate").count()).toBe(0)
  await serverAt(page, 1).click()
  await button(page, "Isolate").waitFor()
  await page.locator('[data-link="4-5"] .link-target').dispatchEvent("click")
  await button(page, "Cut both ways").click()
  await serverAt(page, 4).click()
  await page.locator('[data-link="4-5"] .link-target').dispatchEvent("click")
  await button(page, "Heal").click()
  await expect.poll(() => page.locator(".link.cut").count()).toBe(7)
  await page.keyboard.press("h")
  await expect.poll(() => page.locator(".link.cut").count()).toBe(0)
})

test("a shared run says how many servers it has, and starting over replays it no more", async () => {
  const page = await visualizer.visit()
  const servers = (one: typeof page) => one.getByRole("combobox", { name: "servers", exact: true })
  await servers(page).selectOption("3")
  await expect.poll(() => page.locator(".server.leader").count()).toBe(1)
  await pause(page)
  await button(page, "Share").click()
  await expect.poll(() => page.url()).toMatch(/#\/play\/[^/]{100}/)
  const other = await visualizer.visit(page.url().slice(visualizer.address.length))
  await other.locator(".same").waitFor()
  expect(await servers(other).inputValue()).toBe("3")
  await button(other, "Start over").click()
  await expect.poll(() => other.locator(".same").count()).toBe(0)
  await expect.poll(() => other.locator(".server").count()).toBe(3)
})

test("a server that is down is not crashed again, nor one that runs started", async () => {
  const page = await visualizer.visit()
  await pause(page)
  await page.keyboard.press("2")
  for (const key of ["r", "c", "c", "r"]) await page.keyboard.press(key)
  await expect.poll(() => page.locator(".event-log", { hasText: "S2 is killed" }).count()).toBe(1)
  const told = await page.locator(".event-log").textContent()
  expect(told!.split("S2 is killed")).toHaveLength(2)
})

test("a page that broke is left by the link to where it stands", async () => {
  const page = await visualizer.visit("#/learn")
  await page.evaluate(`{
    const { getRandomValues } = crypto
    crypto.getRandomValues = () => {
      crypto.getRandomValues = getRandomValues.bind(crypto)
      throw new Error("no dice")
    }
  }`)
  await page.getByRole("link", { name: "Play", exact: true }).click()
  await page.getByRole("alert").getByText("a mistake of ours").waitFor()
  await page.getByRole("link", { name: "Go to the playground" }).click()
  await expect.poll(() => page.locator(".server.leader").count()).toBe(1)
})

test("where nothing of the kind lies ahead, a jump says so and stays", async () => {
  const page = await visualizer.visit()
  await pause(page)
  const step = await page.getByLabel("Event", { exact: true }).inputValue()
  await page.getByText("More", { exact: true }).click()
  await button(page, "To the next election").click()
  await page.getByRole("alert").getByText("There is none in the next 5000 events.").waitFor()
  expect(await page.getByLabel("Event", { exact: true }).inputValue()).toBe(step)
})

test("a reload, and a look at another page, keep the run", async () => {
  const page = await visualizer.visit("#/play")
  await pause(page)
  await serverAt(page, 2).click()
  await button(page, "Crash").first().click()
  await press(page, "ArrowRight", 3)
  const hash = await stateHash(page)
  // The part that keeps runs is loaded a second after the first picture.
  await page.waitForTimeout(1_500)
  await page.reload()
  await page.getByText("Your run, as you left it").waitFor()
  expect(await stateHash(page)).toBe(hash)
  await expect.poll(() => page.locator('[data-server="2"].down').count()).toBe(1)
  await press(page, "ArrowRight", 2)
  const later = await stateHash(page)
  await page.waitForTimeout(1_500)
  await page.getByRole("link", { name: "Learn", exact: true }).click()
  await page.getByRole("heading", { name: "Learn", exact: true }).waitFor()
  await page.goBack()
  await page.getByText("Your run, as you left it").waitFor()
  expect(await stateHash(page)).toBe(later)
  await button(page, "Start over").click()
  await expect.poll(() => page.getByText("Your run, as you left it").count()).toBe(0)
})
