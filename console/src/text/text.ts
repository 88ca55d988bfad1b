import { pt } from "./pt.ts"

/** Another language is another file of this type. */
export type Texts = typeof pt

export const text: Texts = pt
