/** Where the path of an absolute URL begins. */
export const pathAt = (url: string): number => {
  const at = url.indexOf("/", url.indexOf("//") + 2)
  return at === -1 ? url.length : at
}
