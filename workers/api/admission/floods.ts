import { within } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";
import type { ApiEnv } from "../env.ts";

/** Counts one more of these from all isolates of this location: true where there were too many lately. */
export async function isFlooded({ FLOODS }: Pick<ApiEnv, "FLOODS">, key: string): Promise<boolean> {
  if (!FLOODS) return false;
  const counted = await within(globalThis, limits.floodMillisMax, FLOODS.limit({ key }));
  return counted.ok && !counted.value.success;
}
