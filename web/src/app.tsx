/** The page around the pages: where one is, and what to show when something cannot be shown. */

import { Component, type ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"
import { CannotShow } from "./model/opening/cannot-show.ts"
import { version } from "./model/version.ts"
import { PlayPage } from "./pages/play.tsx"
import { pages, routeOf, type Route } from "./route.ts"
import { Later, partMissing } from "./views/later.tsx"

export function App() {
  const [route, setRoute] = useState<Route | null>(null)
  useEffect(() => {
    let latest = 0
    const follow = (): void => {
      const asked = ++latest
      // A page that was opened meanwhile stays.
      const show = (found: Route): void => {
        if (asked === latest) setRoute(found)
      }
      routeOf(location.hash).then(show, () => show({ page: "problem", problem: partMissing }))
    }
    follow()
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [])
  if (route?.page === "embed") {
    return (
      <Guard key={location.hash}>
        <Page route={route} />
      </Guard>
    )
  }
  return (
    <>
      <header>
        <a class="brand" href="#/">
          <Mark />
          Oarlock
        </a>
        <nav aria-label="Pages">
          {pages.map((page) => (
            <a key={page} href={`#/${page}`} {...(route?.page === page ? { "aria-current": "page" as const } : {})}>
              {page.charAt(0).toUpperCase() + page.slice(1)}
            </a>
          ))}
        </nav>
      </header>
      <Guard key={placeOf(route)}>{route !== null && <Page route={route} />}</Guard>
      <footer>{`Oarlock ${version} · this page runs the code that servers run`}</footer>
    </>
  )
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "start":
      return <Later load={loadStart} props={{}} />
    case "play":
      return <PlayPage key={location.hash} shared={route.shared} seed={route.seed} isKept={route.isKept} />
    case "learn":
      return <Later load={loadLearn} props={{ name: route.lesson, step: route.step }} />
    case "live":
      return <Later load={loadLive} props={{ token: route.token }} />
    case "scenarios":
      return <Later load={loadScenarios} props={{ name: route.name }} />
    case "replay":
      return <Later load={loadReplay} props={{}} />
    case "embed":
      return <Later load={loadEmbed} props={{ shown: route.shown }} />
    case "problem":
      return <Problem>{route.problem}</Problem>
    default:
      return route satisfies never
  }
}

/** The mark: an oarlock, the open ring that holds a crossing line. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-ring" d="M22.5 7.2A11 11 0 1 1 9.5 7.2" />
      <path class="mark-oar" d="M4 27L28 5" />
    </svg>
  )
}

const loadStart = () => import("./pages/start.tsx").then((module) => module.StartPage)
const loadLearn = () => import("./pages/learn.tsx").then((module) => module.LearnPage)
const loadEmbed = () => import("./pages/embed.tsx").then((module) => module.EmbedPage)
const loadLive = () => import("./pages/live.tsx").then((module) => module.LivePage)
const loadScenarios = () => import("./pages/scenarios.tsx").then((module) => module.ScenariosPage)
const loadReplay = () => import("./pages/replay.tsx").then((module) => module.ReplayPage)

/** What stays as it is while one goes from step to step of a lesson, and begins anew when one goes anywhere else. */
function placeOf(route: Route | null): string {
  return route?.page === "learn" ? `learn ${route.lesson}` : location.hash
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

  /** A link to where one is leads nowhere, but away from a page that broke. */
  readonly #onClick = ({ target }: MouseEvent): void => {
    const link = (target as Element).closest("a")
    if (this.state.problem !== null && link?.hash === (location.hash || "#/")) this.setState({ problem: null })
  }

  override componentDidMount(): void {
    addEventListener("click", this.#onClick)
  }

  override componentWillUnmount(): void {
    removeEventListener("click", this.#onClick)
  }

  override render() {
    return this.state.problem === null ? this.props.children : <Problem>{this.state.problem}</Problem>
  }
}
