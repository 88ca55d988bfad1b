/** How the part of a note begins that ends with a customer's words (SPEC 8.2, 8.10). What hides the words looks for these. */
export const wordsLeads = {
  meant: "Resposta:",
  withdrawn: "Resposta alterada ou apagada pelo cliente:",
  unknown: "Resposta do cliente não reconhecida:",
  ambiguous: "Resposta do cliente que pode ser sobre outro pedido:"
} as const
