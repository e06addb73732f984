/** The first page: what Raft is for, three doors, and a cluster that runs behind them. */

import { useEffect, useMemo } from "preact/hooks"
import { newPlayground } from "../model/opening/new-playground.ts"
import { Player } from "../model/time-machine/player.ts"
import { isMotionReduced } from "../views/ring/moving.ts"
import { RingBackdrop } from "../views/ring/ring-backdrop.tsx"
import { useTitle } from "../views/use-title.ts"

const doors = [
  {
    address: "#/learn",
    name: "Learn",
    text: "Ten short lessons, from one computer that burns to a cluster that changes its members. You say what will happen, then you see it.",
  },
  {
    address: "#/play",
    name: "Play",
    text: "A cluster to break. Crash servers, cut links, drop messages, go back in time and try another course.",
  },
  {
    address: "#/live",
    name: "Watch my cluster",
    text: "A real cluster while it runs: the leader, the logs, what each node says, and what can still be lost.",
  },
] as const

/** World milliseconds for one second on the wall: slow enough for every message to be seen. */
const backdropSpeed = 12

export function StartPage() {
  useTitle("")
  const player = useMemo(() => {
    const made = new Player(newPlayground(5, 7))
    made.speed.value = backdropSpeed
    made.isPlaying.value = !isMotionReduced()
    return made
  }, [])
  useEffect(() => player.start(), [player])
  return (
    <main class="start">
      <RingBackdrop player={player} />
      <div class="start-words">
        <h1>Several computers keep one log, and lose nothing when one of them burns.</h1>
        <p>That is Raft. Oarlock is Raft for JavaScript, and what runs here is the very code that its servers run.</p>
        <nav class="doors" aria-label="Where to go">
          {doors.map(({ address, name, text }) => (
            <a key={address} class="door" href={address}>
              <b>{name}</b>
              <span>{text}</span>
            </a>
          ))}
        </nav>
        <p class="start-more">
          Or look at <a href="#/scenarios">a hundred and forty stories</a> about what can go wrong, or <a href="#/replay">replay a run</a>{" "}
          that somebody has sent you.
        </p>
      </div>
    </main>
  )
}
