import { useEffect } from "preact/hooks"

import operations from "../../../docs/operations.md"
import { text } from "../text/text.ts"
import { Head } from "../ui/Head.tsx"

/** The manual for operators, as the build rendered it, so that it is available when nothing else is. */
const Manual = () => {
  useEffect(() => {
    const name = decodeURIComponent(location.hash.slice(1))
    const heading = name === "" ? null : document.getElementById(name)
    heading?.scrollIntoView()
    heading?.setAttribute("tabindex", "-1")
    heading?.focus({ preventScroll: true })
  }, [])
  return (
    <>
      <Head title={text.nav.manual} />
      <article
        class="card manual"
        lang="en"
        // oxlint-disable-next-line react/no-danger
        dangerouslySetInnerHTML={{ __html: operations }}
      />
    </>
  )
}

export default Manual
