import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "./local-service.ts";

/** A running service, and an operator's token. */
interface RunningService {
  readonly url: string;
  readonly token: string;
}

/** Sends a request to the running service as its operator. Throws, saying what to do, when nothing answers. */
export async function askService(
  path: string,
  { headers, ...init }: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
): Promise<Response> {
  const { url, token } = runningService();
  try {
    const all = { ...headers, Authorization: `Bearer ${token}` };
    return await fetch(`${url}${path}`, { ...init, headers: all });
  } catch (cause) {
    const whatToDo = "Start one with npm start, or set MINILAB_URL and MINILAB_TOKEN.";
    throw new Error(`No service answers at ${url}. ${whatToDo}`, { cause });
  }
}

/** The one that is named by the environment, else the one that `npm start` runs. */
function runningService(): RunningService {
  const { MINILAB_URL, MINILAB_TOKEN, STATE_DIR = ".wrangler/state" } = process.env;
  if (MINILAB_URL !== undefined && MINILAB_TOKEN !== undefined) {
    return { url: MINILAB_URL, token: MINILAB_TOKEN };
  }
  const stateDir = resolve(root, STATE_DIR);
  const [owner, running] = ["owner.json", "running.json"].map((name) => join(stateDir, name));
  if (owner === undefined || running === undefined || !existsSync(owner) || !existsSync(running)) {
    throw new Error(
      "No service runs here. Start one with npm start, or set MINILAB_URL and MINILAB_TOKEN.",
    );
  }
  const { token } = JSON.parse(readFileSync(owner, "utf8")) as { token: string };
  const { url } = JSON.parse(readFileSync(running, "utf8")) as { url: string };
  return { url, token };
}
