import { Component, type ComponentChildren } from "preact"

import { text } from "../text/text.ts"
import { State } from "./states.tsx"

interface Props {
  readonly children: ComponentChildren
}

/** A page that cannot be drawn says so, and leaves the navigation as it is. */
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
