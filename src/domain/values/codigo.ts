/** True for a text of the form of a `codigo`: `TIMEOUT`, `HTTP_500`. No personal datum has it. */
export const isCodigo = (text: string): boolean => /^[A-Z][A-Z0-9_]{0,63}$/.test(text)
