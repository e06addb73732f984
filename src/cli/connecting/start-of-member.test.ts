import { expect, test } from "vitest"
import { describeStart, joinAddressesMax, type RunningCluster } from "./start-of-member.ts"

const member = { id: 4, name: "n4", peerAddress: "10.0.0.4:2380", clientAddress: "10.0.0.4:2379" }
const cluster: RunningCluster = {
  clientAddresses: ["10.0.0.1:2379", "", "10.0.0.2:2379"],
  asked: "127.0.0.1:2379",
  isSecure: false,
  timings: { electionTimeoutMinMs: 150, electionTimeoutMaxMs: 300, heartbeatIntervalMs: 50 },
}

test("names addresses that are reached from another machine, a folder, and nothing that is usual", () => {
  expect(describeStart(member, cluster)).toEqual([
    "  oarlock start --id 4 --name n4 --data-dir n4.oarlock --join 10.0.0.1:2379,10.0.0.2:2379 --listen-peer-urls 10.0.0.4:2380 --listen-client-urls 10.0.0.4:2379",
  ])
})

test("without an address for clients it takes the one beside the peers', never this machine's own, and says so", () => {
  const [command, note] = describeStart({ ...member, clientAddress: "" }, cluster)
  expect(command).toMatch(/--listen-client-urls 10\.0\.0\.4:2379$/)
  expect(note).toBe("Clients would reach it at 10.0.0.4:2379: put another --listen-client-urls there if they do not.")
})

test("has the timings of the others", () => {
  const timings = { electionTimeoutMinMs: 1_000, electionTimeoutMaxMs: 2_000, heartbeatIntervalMs: 100 }
  expect(describeStart(member, { ...cluster, timings })[0]).toMatch(/ --election-timeout 1000 --heartbeat-interval 100$/)
  expect(describeStart(member, { ...cluster, timings: null })).toContain(
    "Give it the --election-timeout and --heartbeat-interval of the others, where they have any.",
  )
})

test("says what is missing where a cluster is known by addresses of one machine only", () => {
  const here = { ...cluster, clientAddresses: ["127.0.0.1:2379", "localhost:22379"] }
  const [command, note] = describeStart(member, here)
  expect(command).toContain("--join 127.0.0.1:2379 ")
  expect(note).toMatch(/addresses of this machine \(127\.0\.0\.1:2379\): put one there that is reached from 10\.0\.0\.4:2380/)
  const neighbor = { ...member, peerAddress: "127.0.0.1:42380", clientAddress: "127.0.0.1:42379" }
  expect(describeStart(neighbor, here)).toHaveLength(1)
})

test("speaks TLS to a cluster that does, and quotes what a shell would read otherwise", () => {
  const [command, note] = describeStart({ ...member, name: "o'n 4" }, { ...cluster, isSecure: true })
  expect(command).toContain(`--name 'o'\\''n 4' --data-dir 'o'\\''n 4.oarlock' --join https://10.0.0.1:2379,https://10.0.0.2:2379 `)
  expect(note).toMatch(/^The others have certificates/)
})

test("joinAddressesMax: of many members so many are named, each once", () => {
  const addressesOf = (count: number): string[] => {
    const clientAddresses = Array.from({ length: count }, (_, i) => `10.0.0.${i % 5}:2379`)
    return /--join (\S+)/.exec(describeStart(member, { ...cluster, clientAddresses })[0]!)![1]!.split(",")
  }
  expect(addressesOf(joinAddressesMax - 1)).toHaveLength(joinAddressesMax - 1)
  expect(addressesOf(joinAddressesMax)).toHaveLength(joinAddressesMax)
  expect(addressesOf(joinAddressesMax + 1)).toHaveLength(joinAddressesMax)
  expect(new Set(addressesOf(12)).size).toBe(joinAddressesMax)
})
