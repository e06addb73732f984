// What a story does to its world is all there is to it: the same actions at the same events give the same world, so that a story becomes a trace.

import { expect, it } from "vitest"
import { runScenario, World } from "../../src/simulator/index.ts"
import { files, read } from "./files.ts"

function replay({ options, actions, eventNumber }: World): World {
  const world = World.create(options)
  for (const { step, action } of actions) {
    while (world.eventNumber < step && world.step() !== null);
    world.act(action)
  }
  while (world.eventNumber < eventNumber && world.step() !== null);
  return world
}

it.each(files)("the actions of a story alone lead to the world that it ended in: %s", (file) => {
  const world = runScenario(read(file))
  expect(replay(world).hash()).toBe(world.hash())
})
