/** The menu that was asked for, if one was. What shows it is loaded with the first. */

import { Later } from "../later.tsx"
import type { Player } from "../player.ts"

export function Menu({ player }: { readonly player: Player }) {
  const { value: menu } = player.menu
  return menu === null ? null : <Later load={loadMenu} props={{ player, menu }} isPart />
}

const loadMenu = () => import("./context-menu.tsx").then((module) => module.ContextMenu)
