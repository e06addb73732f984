/** The page around the pages: where one is, and what to show when something cannot be shown. */

import { Component, type ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"
import { Later } from "./later.tsx"
import { PlayPage } from "./pages/play.tsx"
import { CannotShow } from "./session/open.ts"
import { BadLink, decodeShare, type Shared } from "./session/share.ts"
import { version } from "./version.ts"

type Route =
  | { readonly page: "play"; readonly shared: Shared | null }
  | { readonly page: "scenarios"; readonly name: string | null }
  | { readonly page: "replay" }
  | { readonly page: "problem"; readonly problem: string }

export function App() {
  const [route, setRoute] = useState<Route | null>(null)
  useEffect(() => {
    const follow = (): void => void routeOf(location.hash).then(setRoute)
    follow()
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [])
  return (
    <>
      <header>
        <a class="brand" href="#/play">
          Oarlock
        </a>
        <nav aria-label="Pages">
          {(["play", "scenarios", "replay"] as const).map((page) => (
            <a key={page} href={`#/${page}`} {...(route?.page === page ? { "aria-current": "page" as const } : {})}>
              {page.charAt(0).toUpperCase() + page.slice(1)}
            </a>
          ))}
        </nav>
      </header>
      <Guard key={location.hash}>{route !== null && <Page route={route} />}</Guard>
      <footer>{`Oarlock ${version} · this page runs the code that servers run`}</footer>
    </>
  )
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "play":
      return <PlayPage key={route.shared === null ? "new" : "shared"} shared={route.shared} />
    case "scenarios":
      return <Later load={loadScenarios} props={{ name: route.name }} />
    case "replay":
      return <Later load={loadReplay} props={{}} />
    case "problem":
      return <Problem>{route.problem}</Problem>
    default:
      return route satisfies never
  }
}

const loadScenarios = () => import("./pages/scenarios.tsx").then((module) => module.ScenariosPage)
const loadReplay = () => import("./pages/replay.tsx").then((module) => module.ReplayPage)

async function routeOf(hash: string): Promise<Route> {
  const [, page = "play", ...rest] = hash.split("/")
  const tail = rest.join("/")
  switch (page) {
    case "":
    case "play":
      try {
        return { page: "play", shared: tail === "" ? null : await decodeShare(tail) }
      } catch (error) {
        if (error instanceof BadLink) return { page: "problem", problem: error.message }
        throw error
      }
    case "scenarios":
      return { page: "scenarios", name: tail === "" ? null : tail }
    case "replay":
      return { page: "replay" }
    default:
      return { page: "problem", problem: `There is no page "${page}" here.` }
  }
}

function Problem({ children }: { readonly children: ComponentChildren }) {
  return (
    <main class="problem">
      <h1>This cannot be shown</h1>
      <p role="alert">{children}</p>
      <p>
        <a href="#/play">Go to the playground</a> or <a href="#/scenarios">to the scenarios</a>.
      </p>
    </main>
  )
}

/** A page that breaks says so; a blank one would say nothing. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly problem: string | null }> {
  override state = { problem: null }

  static override getDerivedStateFromError(error: unknown): { problem: string } {
    return {
      problem: error instanceof CannotShow ? error.message : `Something went wrong here, which is a mistake of ours: ${String(error)}`,
    }
  }

  override render() {
    return this.state.problem === null ? this.props.children : <Problem>{this.state.problem}</Problem>
  }
}
