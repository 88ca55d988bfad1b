const numbers = new Intl.NumberFormat("pt-BR")

/** `1.234`. */
export const formatNumber = (value: number): string => numbers.format(value)
