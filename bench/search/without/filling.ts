import { Layer } from "effect"

/** Nothing fills the index after the start. */
export const SearchFill = Layer.empty
