/** `oarlock play`: the visualizer, without any cluster. */

import type { Command } from "commander"
import { type CommonOptions, type Context, defineCommand, parseInteger, run } from "../terminal/command.ts"
import { showPage } from "../terminal/show-page.ts"

interface PlayOptions extends CommonOptions {
  readonly port: string
  readonly open: boolean
}

export function playCommand(context: Context): Command {
  return defineCommand(
    "play",
    "Open the visualizer: a cluster in the browser to break, to rewind and to share, running the code that servers run",
    ["oarlock play", "oarlock play --port 8080 --no-open    serve it there, and open no browser"],
  )
    .option("--port <port>", "listen on this port of 127.0.0.1 (default: any free one)", "0")
    .option("--no-open", "only say where it is")
    .action(({ port, open, json }: PlayOptions) =>
      run(context, json === undefined ? {} : { json }, () =>
        showPage(context, "#/play", { port: parseInteger(port, "--port", 0, 65_535), opens: open, json: json === true }),
      ),
    )
}
