/** The command line as tests see it: all commands of the program, and a way to run one in this process. */

import { PassThrough } from "node:stream"
import type { Command } from "commander"
import { createProgram, runProgram } from "../../src/cli/program.ts"
import type { Context } from "../../src/cli/terminal/command.ts"
import { createOutput } from "../../src/cli/terminal/output.ts"

export interface Leaf {
  /** `member add`. */
  readonly name: string
  readonly command: Command
}

/** Every command that does something, by its full name, and every group of such. */
export function allCommands(program: Command = createProgram(quietContext().context)): {
  readonly leaves: readonly Leaf[]
  readonly groups: readonly Leaf[]
} {
  const leaves: Leaf[] = []
  const groups: Leaf[] = []
  const walk = (command: Command, path: readonly string[]): void => {
    for (const child of command.commands) {
      const name = [...path, child.name()].join(" ")
      const isGroup = child.commands.length > 0
      ;(isGroup ? groups : leaves).push({ name, command: child })
      walk(child, [...path, child.name()])
    }
  }
  walk(program, [])
  return { leaves, groups }
}

interface Quiet {
  readonly context: Context
  readonly stdout: PassThrough
  readonly stderr: PassThrough
}

export function quietContext(workingDirectory = "/nowhere", env: NodeJS.ProcessEnv = {}): Quiet {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  return { context: { output: createOutput({ stdout, stderr }, {}), env, workingDirectory }, stdout, stderr }
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, in this process. */
export async function runHere(args: readonly string[], workingDirectory: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { context, stdout, stderr } = quietContext(workingDirectory, env)
  const before = process.exitCode
  try {
    await runProgram(context, args)
    return { code: Number(process.exitCode ?? 0), stdout: textOf(stdout), stderr: textOf(stderr) }
  } finally {
    process.exitCode = before
  }
}

function textOf(stream: PassThrough): string {
  return ((stream.read() as Buffer | null) ?? Buffer.alloc(0)).toString()
}
