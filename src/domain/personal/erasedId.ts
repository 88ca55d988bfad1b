import { createHash } from "node:crypto"

import { holdsPersonalData } from "./personalData.ts"

/**
 * What remains of the id of an erased communication: the id itself, or its hash if it holds personal data (SPEC 10.4).
 * The hash has no key, because a lost key would let an erased order be sent again.
 */
export const erasedId = (id: string): string =>
  holdsPersonalData(id) ? `sha256:${createHash("sha256").update(id).digest("hex")}` : id
