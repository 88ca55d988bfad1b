import { render } from "preact"

import { App } from "./App.tsx"
import { startRouter } from "./router.ts"
import { startScheme } from "./scheme.ts"

startScheme()
startRouter()

const root = document.querySelector("#root")
if (root !== null) render(<App />, root)
