import { hourMillis, hourOf } from "../../../../core/ledger/usage.ts";
import { problem, type Problem } from "../../../../core/problem.ts";
import { err, ok, type Result } from "../../../../core/result.ts";
import { queryParameter } from "../../documents/openapi-parts.ts";

const dateTime = { type: "string", format: "date-time" } as const;

/** The query parameters that `periodOf` reads. */
export const periodParameters = [
  queryParameter("from", "Start of the first hour, ISO 8601. Default: a day before `to`", dateTime),
  queryParameter("to", "End of the last hour, ISO 8601. Default: the end of this hour", dateTime),
];

/** Rounded to whole hours; at most as long as ledgers keep what is asked for. */
export function periodOf(
  url: URL,
  now: number,
  millisMax: number,
): Result<{ from: number; to: number }, Problem> {
  const to = timeOf(url, "to", hourOf(now) + hourMillis);
  if (!to.ok) return to;
  const from = timeOf(url, "from", to.value - 24 * hourMillis);
  if (!from.ok) return from;
  if (from.value < to.value && to.value - from.value <= millisMax) {
    return ok({ from: hourOf(from.value), to: to.value });
  }
  const days = millisMax / (24 * hourMillis);
  return err(
    problem("invalid-option", `from must be before to, and at most ${days} days before it.`, {
      option: "from",
    }),
  );
}

function timeOf(url: URL, option: string, fallback: number): Result<number, Problem> {
  const text = url.searchParams.get(option);
  if (text === null) return ok(fallback);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return ok(time);
  return err(
    problem("invalid-option", `${option} must be a time like 2026-01-31T13:00:00Z.`, { option }),
  );
}
