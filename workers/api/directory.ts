import type { ApiEnv } from "./env.ts";

/** The one Directory. */
export const directoryOf = (env: Pick<ApiEnv, "DIRECTORY">) => env.DIRECTORY.getByName("directory");
