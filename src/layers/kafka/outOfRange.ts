/** Loud: records between the position and what is left are gone, or the topic was made anew. */
export const OUT_OF_RANGE = "the position of the group is out of range; reading goes on from the earliest record"
