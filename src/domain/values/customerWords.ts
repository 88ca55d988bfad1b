/** The leads after which notes quote a customer's words (SPEC 8.2, 8.10). `makeHideText` finds the words by them. */
export const wordsLeads = {
  meant: "Resposta:",
  withdrawn: "Resposta alterada ou apagada pelo cliente:",
  unknown: "Resposta do cliente não reconhecida:",
  ambiguous: "Resposta do cliente que pode ser sobre outro pedido:"
} as const
