import type { logs } from "@opentelemetry/sdk-node"

import { masked } from "../masking.ts"
import { isId } from "../names.ts"

/** Before anything is exported: bodies and attributes without personal data, the ids as they are (SPEC 9.6). */
export const maskedLogs: logs.LogRecordProcessor = {
  onEmit: (record) => {
    record.setBody(masked(record.body) as typeof record.body & {})
    for (const [key, value] of Object.entries(record.attributes)) {
      if (!isId(key) && value !== undefined) record.setAttribute(key, masked(value) as typeof value)
    }
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve()
}
