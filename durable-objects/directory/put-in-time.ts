import { inTime } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import type { Host } from "../ports.ts";
import type { DirectoryEnv } from "./directory-env.ts";

/**
 * Puts an entry into KV. One that lands late may overwrite a newer one, such as a revocation, and one that is late
 * and then fails may have landed too: then `again` is called when it is over.
 */
export async function putInTime(
  { IDENTITY }: Pick<DirectoryEnv, "IDENTITY">,
  { timers }: Pick<Host, "timers">,
  [key, value]: readonly [key: string, value: string],
  again: () => void,
): Promise<void> {
  let isOver = false;
  const put = IDENTITY.put(key, value).finally(() => {
    isOver = true;
  });
  try {
    await inTime(timers, limits.publishMillisMax, put);
  } catch (cause) {
    if (!isOver) void put.catch(() => undefined).then(again);
    throw cause;
  }
}
