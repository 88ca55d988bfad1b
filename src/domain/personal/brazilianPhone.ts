/** The area codes that exist (Anatel's numbering plan). */
const areaCodes = new Set(
  [
    [11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 24, 27, 28, 31, 32, 33, 34, 35, 37, 38],
    [41, 42, 43, 44, 45, 46, 47, 48, 49, 51, 53, 54, 55, 61, 62, 63, 64, 65, 66, 67, 68, 69],
    [71, 73, 74, 75, 77, 79, 81, 82, 83, 84, 85, 86, 87, 88, 89, 91, 92, 93, 94, 95, 96, 97, 98, 99]
  ].flatMap((codes) => codes.map(String))
)

/** 55 once or twice and zeros, and the trunk prefix 0 with a carrier's two digits. */
const prefix = /^0{0,2}(?:55){0,2}0{0,2}(?:0[1-9]\d)?$/

const subscriber = /^(?:9\d{8}|[2-9]\d{7})$/

/**
 * Where the area code begins in digits that are a Brazilian phone with or without 55, trunk prefix or carrier, or
 * `undefined`. It checks only the numbering plan, in constant time, so an unassigned number counts, too.
 */
export const areaCodeAt = (digits: string): number | undefined =>
  [digits.length - 11, digits.length - 10].find(
    (at) =>
      at >= 0 &&
      areaCodes.has(digits.slice(at, at + 2)) &&
      subscriber.test(digits.slice(at + 2)) &&
      prefix.test(digits.slice(0, at))
  )
