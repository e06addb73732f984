// A small bank: accounts with balances, and a fee on every tenth transfer of an account.
//
// Commands and answers are JSON. What is replicated is `balances` and `transfers`, and both of them belong into the snapshot: a server that restores one
// has to charge the next fee at the same transfer as everybody else.

const encode = (value) => new TextEncoder().encode(JSON.stringify(value))
const decode = (bytes) => JSON.parse(new TextDecoder().decode(bytes))

export const transfersPerFee = 10
/** Where fees go: nothing is ever lost or made. */
export const feeAccount = "bank"

export class Bank {
  /** Name → cents. */
  balances = new Map()
  /** Name → transfers made from that account. */
  transfers = new Map()

  /** Changes the state by one committed command. A command that makes no sense is answered, never thrown at. */
  apply(bytes) {
    let command
    try {
      command = decode(bytes)
    } catch {
      return encode({ refused: "not JSON" })
    }
    switch (command?.do) {
      case "open":
        return encode(this.open(command))
      case "transfer":
        return encode(this.transfer(command))
      default:
        return encode({ refused: "not understood" })
    }
  }

  open({ name, cents }) {
    if (typeof name !== "string" || !isAmount(cents)) return { refused: "not understood" }
    if (this.balances.has(name)) return { refused: `${name} has an account` }
    this.balances.set(name, cents)
    return { balance: cents }
  }

  transfer({ from, to, cents }) {
    if (!isAmount(cents) || from === to) return { refused: "not understood" }
    if (!this.balances.has(from) || !this.balances.has(to)) return { refused: "no such account" }
    const count = (this.transfers.get(from) ?? 0) + 1
    const fee = count % transfersPerFee === 0 ? 1 : 0
    const balance = this.balances.get(from) - cents - fee
    if (balance < 0) return { refused: "not enough money" }
    this.transfers.set(from, count)
    this.balances.set(from, balance)
    this.balances.set(to, this.balances.get(to) + cents)
    this.balances.set(feeAccount, (this.balances.get(feeAccount) ?? 0) + fee)
    return { balance, fee }
  }

  /** Answers a question: the balance of an account, or of all together. */
  query(name) {
    if (name !== undefined) return this.balances.get(name) ?? null
    return [...this.balances.values()].reduce((sum, cents) => sum + cents, 0)
  }

  /** The whole state, frozen at this moment. */
  snapshot() {
    return [encode({ balances: [...this.balances], transfers: [...this.transfers] })].values()
  }

  /** The way back. */
  restore() {
    let state = null
    return {
      write: (chunk) => (state = decode(chunk)),
      finish: () => {
        this.balances = new Map(state.balances)
        this.transfers = new Map(state.transfers)
      },
    }
  }

  clone() {
    const copy = new this.constructor()
    copy.balances = new Map(this.balances)
    copy.transfers = new Map(this.transfers)
    return copy
  }

  /** Equal on every server that applied the same commands. */
  hash() {
    return hashText(JSON.stringify([[...this.balances], [...this.transfers]]))
  }
}

/**
 * The same bank with a mistake that no test on one server finds: `transfers` was added later, and nobody thought of the snapshot (or of the hash).
 * A server that restarts, or is brought up to date by a snapshot, counts its transfers from nothing, and charges fees when others do not.
 */
export class ForgetfulBank extends Bank {
  snapshot() {
    return [encode({ balances: [...this.balances], transfers: [] })].values()
  }

  hash() {
    return hashText(JSON.stringify([...this.balances]))
  }
}

function isAmount(cents) {
  return Number.isSafeInteger(cents) && cents >= 0 && cents <= 1e12
}

/** FNV-1a, to an unsigned 32-bit number. */
function hashText(text) {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
