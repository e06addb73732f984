/**
 * An exclusive lock on a folder, which the operating system releases when the process ends, also after a crash.
 *
 * Node has no `flock`, and a file with a process id in it is wrong as soon as ids are reused (after a reboot, and in containers, where every server is
 * process 1). So the lock is a listening Unix socket in the folder: an owner that accepts a connection is alive.
 *
 * A contender first listens on a socket with a name never used before, then tries to connect to all other sockets. If one answers, it withdraws. Of two
 * contenders at least one finds the other's socket, so two never win (both may lose, and try again).
 */

import { randomBytes } from "node:crypto"
import fs from "node:fs"
import net from "node:net"
import path from "node:path"
import { OarlockError } from "../../requests/index.ts"

export interface FolderLock {
  /** Unlocks the folder. May be called twice. */
  release(): Promise<void>
}

/** How often a contender tries while others try, too. */
export const attemptsMax = 3

/** The longest path that fits `sun_path` on every supported system (Linux 107, macOS 103 bytes). */
export const socketPathBytesMax = 103

const lockFilePattern = /^lock-(\d+)-[0-9a-f]{16}\.sock$/

/** Takes the lock, or throws `dataFolderInUse` naming the process that has it. A dead process's lock is taken over. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await contend(folder)
    if (typeof outcome === "object") return outcome
    if (attempt === attemptsMax) {
      throw new OarlockError(
        "dataFolderInUse",
        `the data folder ${folder} is in use by process ${outcome}: stop that process first, or choose another folder`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 10 + randomBytes(1)[0]! / 8))
  }
}

export function isLockFile(name: string): boolean {
  return lockFilePattern.test(name)
}

/** Returns the lock, or the id of the process that has it. */
async function contend(folder: string): Promise<FolderLock | number> {
  const own = `lock-${process.pid}-${randomBytes(8).toString("hex")}.sock`
  const directory = fs.openSync(folder, "r")
  let server: net.Server
  try {
    server = await listen(socketPath(folder, directory, own), folder)
  } catch (error) {
    fs.closeSync(directory)
    throw error
  }
  const release = once(async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()))
    fs.rmSync(path.join(folder, own), { force: true })
    fs.closeSync(directory)
  })

  const dead: string[] = []
  for (const other of fs.readdirSync(folder).filter((name) => isLockFile(name) && name !== own)) {
    if (await isAlive(socketPath(folder, directory, other))) {
      await release()
      return Number(lockFilePattern.exec(other)![1])
    }
    dead.push(other)
  }
  // Between `bind` and `listen` another owner may have taken this socket for a dead one and removed it, and be gone by now. Then try again.
  if (!fs.existsSync(path.join(folder, own))) {
    await release()
    return process.pid
  }
  for (const name of dead) fs.rmSync(path.join(folder, name), { force: true })
  return { release }
}

function listen(location: string, folder: string): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy())
    server.once("error", (cause) =>
      reject(
        new OarlockError(
          "dataFolderUnusable",
          `could not lock the data folder ${folder}: ${cause.message}; it must be writable and able to hold sockets`,
          { cause },
        ),
      ),
    )
    server.listen(location, () => {
      server.unref()
      resolve(server)
    })
  })
}

function isAlive(location: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(location)
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    // Only these two codes mean that there is no owner. With any other error (a full backlog, no permission) there may be one.
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"))
  })
}

/** The path of a deep folder does not fit a socket address; on Linux a path through the open folder's descriptor does. */
function socketPath(folder: string, directory: number, name: string): string {
  const direct = path.join(folder, name)
  if (Buffer.byteLength(direct) <= socketPathBytesMax) return direct
  if (process.platform === "linux") return `/proc/self/fd/${directory}/${name}`
  throw new OarlockError(
    "dataFolderUnusable",
    `the path of the data folder ${folder} is too long to be locked: move it up, to a path below 60 characters`,
  )
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => (done ??= action())
}
