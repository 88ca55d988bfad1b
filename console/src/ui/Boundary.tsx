import { Component, type ComponentChildren } from "preact"

import { text } from "../text/text.ts"
import { State } from "./states.tsx"

interface Props {
  readonly children: ComponentChildren
}

/** Shows an error in place of a page that cannot be drawn, and keeps the navigation. */
export class Boundary extends Component<Props, { readonly error?: Error }> {
  static override getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    const { error } = this.state
    return error === undefined ? (
      this.props.children
    ) : (
      <div class="card">
        <State title={text.state.failed.title} drawing="cloud" onRetry={() => location.reload()}>
          {error.message}
        </State>
      </div>
    )
  }
}
