// A replicated counter: three nodes in one process, each with its own folder and its own socket.
//
//   npm run build && node examples/counter.mjs                     # a short demonstration
//   npm run build && node examples/counter.mjs "SET 42" "ADD 2"    # your own commands
//
// In real life each node runs in a process of its own, on a machine of its own; nothing else changes.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { open } from "oarlock"

const encode = (text) => new TextEncoder().encode(text)
const decode = (bytes) => new TextDecoder().decode(bytes)

/** What is replicated: a number. The same commands in the same order give the same number on every node. */
class Counter {
  value = 0

  /** Changes the state by one committed command. A command that makes no sense has a result that says so: never throw here. */
  apply(command) {
    const [, verb, amount] = /^(SET|ADD|SUB) (-?\d{1,15})$/.exec(decode(command)) ?? []
    switch (verb) {
      case "SET":
        this.value = Number(amount)
        break
      case "ADD":
        this.value += Number(amount)
        break
      case "SUB":
        this.value -= Number(amount)
        break
      default:
        return encode(`not understood: ${decode(command)}`)
    }
    return encode(String(this.value))
  }

  /** Answers a question without changing anything. Questions and answers can be of any type. */
  query() {
    return this.value
  }

  /** The whole state as bytes, in as many chunks as you like, frozen at this moment. */
  snapshot() {
    return [encode(String(this.value))].values()
  }

  /** The way back. */
  restore() {
    let text = ""
    return { write: (chunk) => (text += decode(chunk)), finish: () => (this.value = Number(text)) }
  }

  clone() {
    return Object.assign(new Counter(), this)
  }

  hash() {
    return this.value >>> 0
  }
}

const root = mkdtempSync(join(tmpdir(), "oarlock-counter-"))
const cluster = [1, 2, 3].map((id) => ({ id, peerAddress: `127.0.0.1:${7100 + id}` }))
const start = (id) => open({ id, dataDir: join(root, `n${id}`), cluster, machine: new Counter() })

const nodes = await Promise.all(cluster.map(({ id }) => start(id)))
try {
  console.log(`node ${await nodes[0].leader()} leads`)

  const commands = process.argv.length > 2 ? process.argv.slice(2) : ["SET 42", "ADD 2", "SUB 7"]
  // Any node takes commands: followers forward them to the leader.
  for (const [position, command] of commands.entries()) {
    const node = nodes[position % nodes.length]
    const { index, result } = await node.propose(encode(command))
    console.log(`${command.padEnd(8)} → ${decode(result)}   (through node ${node.id}, log index ${index})`)
  }
  // And any node answers linearizable reads.
  for (const node of nodes) console.log(`node ${node.id} says ${(await node.read()).answer}`)

  // The leader goes away. A session makes sure that a command which may have been lost with it is applied exactly once.
  const leaderId = await nodes[0].leader()
  const survivor = nodes.find((node) => node.id !== leaderId)
  const session = await survivor.openSession()
  await nodes.find((node) => node.id === leaderId).close()
  console.log(`node ${leaderId} is gone`)
  const { result } = await session.propose(encode("ADD 100"))
  console.log(`ADD 100  → ${decode(result)}   (through node ${survivor.id}; node ${await survivor.leader()} leads now)`)
  await session.close()
} finally {
  await Promise.all(nodes.map((node) => node.close()))
  rmSync(root, { recursive: true })
}
