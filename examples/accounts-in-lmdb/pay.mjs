// Pays ann one cent after the other, until the process is killed; started again, it goes on from the database.
//
//   npm run build && node examples/accounts-in-lmdb/pay.mjs FOLDER
//
// "start" tells the index of the point that the database holds and how many commands were applied again; a line "paid" is written only after the answer.

import { join } from "node:path"
import { open } from "oarlock"
import { Accounts } from "./accounts.mjs"

const folder = process.argv[2]
if (folder === undefined) throw new Error("say in which folder: node examples/accounts-in-lmdb/pay.mjs FOLDER")

const encode = (value) => new TextEncoder().encode(JSON.stringify(value))
const machine = new Accounts(join(folder, "accounts"), { commitEntries: 20 })
const point = machine.appliedIndex()
const node = await open({ id: 1, dataDir: join(folder, "node"), alone: true, machine })
const { answer } = await node.read("ann")
const { cents, last } = answer ?? { cents: 0, last: 0 }
process.stdout.write(`start ${JSON.stringify({ point, applied: machine.applied, cents, last })}\n`)

const session = await node.openSession()
for (let id = last + 1; ; id++) {
  await session.propose(encode({ id, to: "ann", cents: 1 }))
  process.stdout.write(`paid ${id}\n`)
}
