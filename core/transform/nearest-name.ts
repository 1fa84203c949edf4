/** The name a person probably meant: at most two slips away, and fewer than half of what was written. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const slipsMax = Math.min(2, (written.length - 1) / 2);
  const near = names
    // Also keeps the work small when what was written is thousands of letters long.
    .filter((name) => Math.abs(name.length - written.length) <= slipsMax)
    .map((name) => ({ name, slips: editDistance(written.toLowerCase(), name) }))
    .filter(({ slips }) => slips <= slipsMax)
    .toSorted((one, other) => one.slips - other.slips);
  return near[0]?.name;
}

/** Insertions, deletions and substitutions between two words (Levenshtein 1966), row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [done, letter] of Array.from(from).entries()) {
    const next = [done + 1];
    for (const [at, other] of Array.from(to).entries()) {
      const substituted = (row[at] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
