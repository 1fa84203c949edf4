/** Counts by name: `done`, `failed`, `units`; by reason `failed:<code>` and `refused:<code>`; and those of `counted`. */
export type Counts = Readonly<Record<string, number>>;

/** Stays at the largest whole number that is exact. */
export function plusCounts(left: Counts, right: Counts): Counts {
  const sum: Record<string, number> = { ...left };
  for (const [name, times] of Object.entries(right)) {
    sum[name] = Math.min((sum[name] ?? 0) + times, Number.MAX_SAFE_INTEGER);
  }
  return sum;
}
