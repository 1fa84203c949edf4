import type { SourceFile } from "../../scripts/docs/source-files.ts";

/**
 * Groups of files that import one another in a circle, type imports included: the strongly connected
 * components of the import graph with more than one file (Tarjan 1972), each sorted.
 */
export function circlesOf(files: readonly Pick<SourceFile, "path" | "imports">[]): string[][] {
  const targets = new Map(
    files.map(({ path, imports }) => [path, imports.filter(({ ours }) => ours)]),
  );
  const visits = new Map<string, { index: number; low: number; open: boolean }>();
  const stack: string[] = [];
  const circles: string[][] = [];

  function visit(path: string): { low: number; open: boolean } {
    const known = visits.get(path);
    if (known) return known.open ? { low: known.index, open: true } : known;
    const own = { index: visits.size, low: visits.size, open: true };
    visits.set(path, own);
    stack.push(path);
    for (const { target } of targets.get(path) ?? []) {
      const { low, open } = visit(target);
      if (open) own.low = Math.min(own.low, low);
    }
    if (own.low === own.index) close(path);
    return own;
  }

  function close(first: string): void {
    const circle = stack.splice(stack.indexOf(first));
    for (const path of circle) visits.set(path, { index: 0, low: 0, open: false });
    if (circle.length > 1) circles.push(circle.toSorted());
  }

  for (const { path } of files) visit(path);
  return circles;
}
