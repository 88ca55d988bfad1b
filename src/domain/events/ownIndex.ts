import type { FactOf } from "../Fact.ts"

/** Which of the plan's patches is the event's own: the note that settles a doubt goes before it (SPEC 8.6). */
export const ownIndex = ({ patches, settles }: Pick<FactOf<"EventPlanned">, "patches" | "settles">): number =>
  Math.min(settles === undefined ? 0 : 1, patches.length - 1)
