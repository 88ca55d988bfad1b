import type { TopicSettings } from "../../services/Settings.ts"

/**
 * The topics that must exist before a member starts: those that it consumes and those that their processing writes to.
 */
export const requiredTopics = (consumed: ReadonlyArray<string>, topics: TopicSettings): ReadonlyArray<string> => {
  const required = new Set(consumed)
  if (required.has(topics.in)) required.add(topics.inDlq).add(topics.response)
  if (required.has(topics.inbound)) required.add(topics.inboundDlq).add(topics.response)
  return [...required]
}
