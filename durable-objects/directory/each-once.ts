import { limits } from "../../core/limits.ts";

/**
 * Tries every pending row once, in the order of their ids and a bounded number at a time, so that one call
 * that hangs holds up only its own lane. True when all succeeded.
 */
export async function eachOnce<Row extends { readonly id: string }>(
  nextAfter: (id: string) => Row | undefined,
  attempt: (row: Row) => Promise<boolean>,
): Promise<boolean> {
  let allDone = true;
  let after = "";
  const lane = async () => {
    for (let row = nextAfter(after); row; row = nextAfter(after)) {
      after = row.id;
      const done = await attempt(row);
      allDone &&= done;
    }
  };
  await Promise.all(Array.from({ length: limits.publishBatchMax }, lane));
  return allDone;
}
