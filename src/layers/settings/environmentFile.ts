import { existsSync } from "node:fs"

/** Reads `.env` of the working directory, if there is one. What the environment already has stays (CONTRACT Environment). */
export const readEnvironmentFile = (): void => {
  if (existsSync(".env")) process.loadEnvFile()
}
