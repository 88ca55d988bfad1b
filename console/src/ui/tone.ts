/** A color with a meaning, of a badge or a step. */
export type Tone = "green" | "amber" | "red" | "violet" | "blue" | "grey"
