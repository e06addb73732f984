/**
 * A TCP proxy in front of one node's peer port. It reads the greeting of each connection, so that a test can cut the snapshot connection and leave
 * the others alone.
 */

import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { decodeHello, handshakeLength, type Hello } from "../../src/wire/index.ts"

interface Link {
  readonly near: Socket
  readonly far: Socket
  hello: Hello | null
  forwardedBytes: number
}

export class PeerProxy {
  readonly #server: Server
  readonly #target: string
  readonly #links = new Set<Link>()
  isCut = false
  /** Called with every link's count of bytes towards the node; a link for which it returns true is cut. */
  cutWhen: (hello: Hello, forwardedBytes: number) => boolean = () => false

  private constructor(server: Server, target: string) {
    this.#server = server
    this.#target = target
    server.on("connection", (near) => this.#accept(near))
  }

  static async start(target: string): Promise<PeerProxy> {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    return new PeerProxy(server, target)
  }

  get address(): string {
    const address = this.#server.address()
    if (address === null || typeof address === "string") throw new Error("the proxy is closed")
    return `127.0.0.1:${address.port}`
  }

  /** Refuses and drops everything until `heal`. */
  cut(): void {
    this.isCut = true
    for (const link of this.#links) this.#drop(link)
  }

  heal(): void {
    this.isCut = false
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, "close")
  }

  #accept(near: Socket): void {
    near.on("error", () => {})
    if (this.isCut) {
      near.destroy()
      return
    }
    const port = Number(this.#target.split(":")[1])
    const far = connect({ host: "127.0.0.1", port })
    const link: Link = { near, far, hello: null, forwardedBytes: 0 }
    this.#links.add(link)
    let greeting = Buffer.alloc(0)
    near.on("data", (chunk) => {
      if (link.hello === null) {
        greeting = Buffer.concat([greeting, chunk])
        const length = handshakeLength(greeting)
        if (length !== null && greeting.length >= length) link.hello = decodeHello(greeting.subarray(0, length))
      }
      link.forwardedBytes += chunk.length
      if (link.hello !== null && this.cutWhen(link.hello, link.forwardedBytes)) {
        this.#drop(link)
        return
      }
      if (!far.write(chunk)) near.pause()
    })
    far.on("drain", () => near.resume())
    far.on("data", (chunk) => near.write(chunk))
    for (const socket of [near, far]) {
      socket.on("error", () => this.#drop(link))
      socket.on("close", () => this.#drop(link))
    }
  }

  #drop(link: Link): void {
    this.#links.delete(link)
    link.near.destroy()
    link.far.destroy()
  }
}
