import { mutants } from "./catalogue/index.ts"
import { hunt } from "./hunt.ts"
const [wanted = "", max = "20", budget = "8000"] = process.argv.slice(2)
const [, from, to] = /^@(\d+)-(\d+)$/.exec(wanted) ?? []
for (const m of from === undefined ? mutants.filter((m) => m.name.includes(wanted)) : mutants.slice(Number(from), Number(to))) {
  const cpu = () => process.cpuUsage().user / 1000
  const t0 = cpu()
  let line = ""
  try {
    let finding = null
    let first = 1
    while (finding === null && first <= Number(max) && cpu() - t0 < Number(budget)) {
      finding = await hunt(m, first, 2)
      if (finding === null) first += 2
    }
    if (finding === null) line = `NOT FOUND in ${first - 1} seeds`
    else {
      const c = finding.control()
      line = `${m.foundBy.includes(finding.checker) ? "ok" : "OTHER"} seed ${finding.seed} ${finding.checker} events ${finding.events} ${c === null ? "" : "CONTROL " + c} | ${finding.reason.slice(0, 150)}`
    }
  } catch (e) {
    line = "ERROR " + (e as Error).message.slice(0, 300)
  }
  console.log(`${m.name.padEnd(75)} ${((cpu() - t0) / 1000).toFixed(1)}s ${line}`)
}
