import { createCipheriv, createDecipheriv, createHash, createHmac, createSecretKey, randomBytes } from "node:crypto"

/** Bytes of the nonce and of the tag of AES-GCM. */
const [nonceLength, tagLength] = [12, 16]

/** The hash and the tokens of one secret, which may have any length. */
export const sealingWith = (secret: string) => {
  const key = createSecretKey(createHash("sha256").update(`brom-ctx search ${secret}`).digest())

  const hash = (kind: string, value: string): string =>
    createHmac("sha256", key).update(`${kind}:${value}`).digest("base64url").slice(0, 22)

  const seal = (text: string): string => {
    const nonce = randomBytes(nonceLength)
    const cipher = createCipheriv("aes-256-gcm", key, nonce)
    return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString(
      "base64url"
    )
  }

  const open = (token: string): string | undefined => {
    const bytes = Buffer.from(token, "base64url")
    if (bytes.length < nonceLength + tagLength || !/^[\w-]+$/.test(token)) return undefined
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceLength))
    decipher.setAuthTag(bytes.subarray(-tagLength))
    try {
      const text = decipher.update(bytes.subarray(nonceLength, -tagLength), undefined, "utf8")
      return text + decipher.final("utf8")
    } catch {
      return undefined
    }
  }

  return { hash, seal, open }
}
