/** The menu that was asked for, if one was. What shows it is loaded with the first. */

import type { Player } from "../../model/time-machine/player.ts"
import { Later } from "../later.tsx"

export function Menu({ player }: { readonly player: Player }) {
  const { value: menu } = player.menu
  return menu === null ? null : <Later load={loadMenu} props={{ player, menu }} isPart />
}

const loadMenu = () => import("./context-menu.tsx").then((module) => module.ContextMenu)
