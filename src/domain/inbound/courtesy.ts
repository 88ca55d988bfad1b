/** Thanks, but not those of automatic replies (`pelo contato`, `pela mensagem`). */
const thanks = [
  "obrigado, obrigada, muito obrigado, muito obrigada, obrigadão, obg, obgd, obgda, brigado, brigada",
  "agradeço, agradecido, agradecida, grato, grata, muito grato, muito grata, gratidão, valeu, vlw, de nada",
  "desde já, pelo aviso, por avisar, pela atenção, pela informação",
  "pela gentileza, pelo carinho, pela ajuda, por tudo, mesmo, viu, a todos, vocês, você"
]

/** Please. */
const please = ["por favor, por gentileza, favor, pf, pfv, pfvr, porfavor"]

/** Greetings and farewells. */
const greetings = [
  "oi, oie, olá, opa, bom dia, boa tarde, boa noite, tudo bem, tudo bom, tudo certo, bom trabalho",
  "bom descanso, boa semana, bom fim de semana, bom final de semana, bom feriado, abraço, abraços, um abraço",
  "abs, att, atenciosamente, até mais, até logo, tchau, deus abençoe, que deus abençoe, deus te abençoe",
  "deus lhe abençoe, fique com deus, amém, beijo, beijos, bjs, bom domingo, ótimo dia, um ótimo dia",
  "tenha um bom dia, tenha uma boa tarde, tenha uma boa noite, um bom dia, uma boa tarde, uma boa noite"
]

/** Forms of address. */
const address = ["senhor, senhora, sr, sra, moço, moça, amigo, amiga, querido, querida, pessoal, gente"]

/** Agreement that says no more than the yes beside it. */
const agreement = [
  "ok, okay, okey, certo, certinho, correto, exato, exatamente, isso, isso mesmo, isso aí, claro, claro que",
  "com certeza, com toda certeza, certeza, positivo, perfeito, ótimo, beleza, blz, show, combinado",
  "está bem, está bom, está certo, está ok, tá, tá bem, tá bom, tá certo, tá ok, sem problema, sem problemas",
  "pode ser, com prazer, eu, maravilha, excelente, sem dúvida, sem dúvidas, sem falta, de acordo, concordo",
  "estou de acordo, ciente, estou ciente, entendi, entendido, tá ótimo, está ótimo, tá perfeito, está perfeito"
]

/** The delivery as it was announced. */
const delivery = [
  "pode, podem, pode entregar, podem entregar, pode trazer, podem trazer, pode mandar, podem mandar",
  "pode enviar, podem enviar, pode vir, podem vir, entrega, a entrega, minha entrega, o pedido, meu pedido",
  "o meu pedido, confirmada, posso receber, vou receber, quero receber, estarei em casa, vou estar em casa",
  "estarei aguardando, estou aguardando, fico aguardando, vou aguardar, aguardo, aguardando, no aguardo",
  "fico no aguardo, estou no aguardo, do pedido, do meu pedido, estarei, vou estar"
]

/**
 * The words of courtesy of a journey that lists none in `answers.courtesy` (SPEC 8.10). None of them changes what a yes
 * means, in any combination: no day, no time, no place, no condition.
 */
export const defaultCourtesy: ReadonlyArray<string> = [
  ...thanks,
  ...please,
  ...greetings,
  ...address,
  ...agreement,
  ...delivery
].flatMap((line) => line.split(", "))
