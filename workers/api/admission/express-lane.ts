import { inTime } from "../../../core/deadline.ts";
import type { JobSpec } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import type { ExpressRendition } from "../env.ts";
import type { Call } from "../route.ts";
import type { LedgerDoor } from "./ledger-door.ts";

/** Whether a job may be rendered while its caller waits; others take the queue. */
export const suitsExpress = ({ source, computeUnits }: JobSpec): boolean =>
  source.bytes <= limits.expressBytesMax && computeUnits <= limits.expressUnitsMax;

/**
 * Has a job that its ledger holds rendered now. Null: the ledger knows or will know what becomes of it; where the
 * lane could not take it, it has gone to the queue.
 */
export async function renderNow(
  { env, timing }: Pick<Call, "env" | "timing">,
  door: LedgerDoor,
  ask: { readonly ledger: string; readonly job: string; readonly sourceBytes: number },
): Promise<readonly ExpressRendition[] | null> {
  try {
    const answer = await timing.measure("render", () =>
      inTime(globalThis, limits.expressMillisMax, env.EXPRESS.render(ask)),
    );
    if (answer.verdict === "ended" && answer.isKnown) {
      return answer.renditions.length > 0 ? answer.renditions : null;
    }
    await door.dispatch(ask.job, false);
  } catch (cause) {
    console.warn({ event: "express-failed", job: ask.job, cause: String(cause) });
    // One that was only late may render still: until its lease ends nobody else has to.
    const { overloaded } = cause as { overloaded?: boolean };
    await door.dispatch(ask.job, overloaded !== true);
  }
  return null;
}
