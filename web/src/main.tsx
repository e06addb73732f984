import "../main.css"
import "@preact/signals"
import { render } from "preact"
import { App } from "./app.tsx"

render(<App />, document.getElementById("app")!)
