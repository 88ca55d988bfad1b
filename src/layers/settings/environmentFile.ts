import { existsSync } from "node:fs"

/**
 * Reads `.env` of the working directory, if there is one. Variables of the environment keep their values (CONTRACT
 * Environment).
 */
export const readEnvironmentFile = (): void => {
  if (existsSync(".env")) process.loadEnvFile()
}
