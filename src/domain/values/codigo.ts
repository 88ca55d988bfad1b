/** True for a text that has the form of a `codigo`: `TIMEOUT`, `HTTP_500`. Personal data never has it. */
export const isCodigo = (text: string): boolean => /^[A-Z][A-Z0-9_]{0,63}$/.test(text)
