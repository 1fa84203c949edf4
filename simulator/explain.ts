import { simulate, type Outcome } from "./simulate.ts";
import { features, without, type Feature, type Profile } from "./world/profile.ts";

const linesMax = 60;

/** Prints the shortest history that still fails in the same way, and the command that replays it. */
export async function explain(
  campaign: { readonly steps: number; readonly scenario: string | null },
  { seed, violations }: Pick<Outcome, "seed" | "violations">,
  profileOf: (seed: number) => Profile,
): Promise<void> {
  const [violation] = violations;
  if (!violation) return;
  const { invariant } = violation;
  const run = (steps: number, left: readonly Feature[], keepsHistory = false) =>
    simulate(seed, steps, without(profileOf(seed), left), keepsHistory);
  const fails = async (steps: number, left: readonly Feature[]) =>
    (await run(steps, left)).violations.some((found) => found.invariant === invariant);

  const left: Feature[] = [];
  for (const feature of features) {
    if (await fails(campaign.steps, [...left, feature])) left.push(feature);
  }
  let steps = campaign.steps;
  for (let cut = steps >> 1; cut >= 1; cut >>= 1) {
    while (steps > cut && (await fails(steps - cut, left))) steps -= cut;
  }
  const shortest = await run(steps, left, true);
  const { detail = "" } = shortest.violations.find((found) => found.invariant === invariant) ?? {};
  const lines = relevant(shortest.history, detail);
  const options = [
    `--seed ${seed} --steps ${steps}`,
    ...(campaign.scenario === null ? [] : [`--scenario ${campaign.scenario}`]),
    ...(left.length === 0 ? [] : [`--without ${left.join(",")}`]),
  ];
  console.error(`  ${lines.join("\n  ")}`);
  console.error(`  replay: npm run sim -- ${options.join(" ")} --history`);
}

/** What concerns the job, picture or ledger of the violation, and every fault. */
function relevant(history: readonly string[], detail: string): readonly string[] {
  const names = detail.match(/job_\w+|tnt_\w+|tenant-\d+|picture \d+/g) ?? [];
  const job = names.find((name) => name.startsWith("job_"));
  const about = history.filter(
    (line) =>
      / (fault|outage|clock|deploy|VIOLATED)/.test(line) ||
      names.some((name) => line.includes(name)),
  );
  const lines =
    job === undefined ? about : about.filter((line) => !/job_/.test(line) || line.includes(job));
  return lines.length <= linesMax
    ? lines
    : [...lines.slice(0, linesMax / 2), "…", ...lines.slice(-linesMax / 2)];
}
