import { once } from "node:events"
import net from "node:net"
import { afterEach, expect, test } from "vitest"
import { chooseNodes, devNodesMax, findPortHolder, findTakenPort } from "./ports.ts"

const servers: net.Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

test("three nodes have the ports that etcd's examples have", async () => {
  const nodes = await chooseNodes(3, null)
  expect(nodes.map(({ name, client, peer }) => `${name} ${client} ${peer}`)).toEqual([
    "n1 127.0.0.1:2379 127.0.0.1:2380",
    "n2 127.0.0.1:22379 127.0.0.1:22380",
    "n3 127.0.0.1:32379 127.0.0.1:32380",
  ])
})

test.each([null, 0, 30_000])("devNodesMax: with base port %s, nine nodes have eighteen ports that exist and differ", async (basePort) => {
  const nodes = await chooseNodes(devNodesMax, basePort)
  const ports = nodes.flatMap(({ client, peer }) => [client, peer]).map((address) => Number(address.split(":")[1]))
  expect(new Set(ports).size).toBe(18)
  expect(Math.max(...ports)).toBeLessThanOrEqual(65_535)
})

test("a port in use is found and named, with its purpose and who holds it", async () => {
  const nodes = await chooseNodes(2, 0)
  expect(await findTakenPort(nodes)).toBeNull()
  const port = Number(nodes[1]!.peer.split(":")[1])
  const server = net.createServer().listen(port, "127.0.0.1")
  servers.push(server)
  await once(server, "listening")
  const taken = await findTakenPort(nodes)
  expect(taken).toMatchObject({ port, purpose: "n2's peers" })
  if (process.platform === "linux") expect(findPortHolder(port)).toContain(`(process ${process.pid})`)
})

test("nobody holds a free port", async () => {
  const [node] = await chooseNodes(1, 0)
  expect(findPortHolder(Number(node!.client.split(":")[1]))).toBeNull()
})
