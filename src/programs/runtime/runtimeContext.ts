import { Context } from "effect"

/** How many services a record's work adds, one upon the other, and some. */
const room = 16

/** The same context, to which a record's work can add what it needs: by itself, a context is copied whole with every ninth service. */
export const roomy = <Services>(context: Context.Context<Services>): Context.Context<Services> =>
  Context.makeUnsafe(context.mapUnsafe, { maxDepth: room })
