import { explain } from "./explain.ts";
import { simulate, type Outcome } from "./simulate.ts";
import { drawProfile, features, without, type Feature, type Profile } from "./world/profile.ts";
import { scenarios } from "./world/scenarios.ts";

export interface Campaign {
  readonly seeds: number;
  readonly steps: number;
  readonly firstSeed: number;
  /** No seed begins after it. */
  readonly secondsMax: number;
  /** A scripted world instead of one that the seed draws. */
  readonly scenario: string | null;
  readonly without: readonly string[];
  /** Prints all that happens. */
  readonly history: boolean;
  /** Ends with the first seed that violates one of these invariants; empty: runs them all. */
  readonly until: readonly string[];
}

export interface Report {
  readonly seeds: number;
  readonly steps: number;
  readonly violations: readonly {
    readonly seed: number;
    readonly invariant: string;
    readonly at: number;
  }[];
  readonly traceHash: string;
  readonly stepsPerSecond: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly jobs: number;
  readonly messagesPerJob: number;
  readonly rendersPerJob: number;
}

/** A seed's failure takes seconds to shrink: the first few tell the most. */
const explainedMax = 3;

/** Runs one world after the other. Progress and failures go to stderr. */
export async function runCampaign(campaign: Campaign): Promise<Report> {
  const profileOf = profiles(campaign);
  const total = new Totals();
  const started = performance.now();
  let explained = 0;
  let ran = 0;
  const seconds = () => (performance.now() - started) / 1000;
  for (; ran < campaign.seeds && seconds() < campaign.secondsMax; ran++) {
    const seed = campaign.firstSeed + ran;
    const outcome = await simulate(seed, campaign.steps, profileOf(seed), campaign.history);
    total.add(outcome);
    if (campaign.history) console.error(outcome.history.join("\n"));
    if (ran > 0 && ran % 500 === 0) console.error(`${ran} of ${campaign.seeds} seeds …`);
    if (outcome.violations.some(({ invariant }) => campaign.until.includes(invariant))) {
      return total.report({ ...campaign, seeds: ran + 1 }, seconds());
    }
    const [violation] = outcome.violations;
    if (!violation || campaign.until.length > 0) continue;
    const { invariant, at, detail } = violation;
    console.error(`seed ${seed}: ${invariant} at step ${at}: ${detail}`);
    if (!campaign.history && explained++ < explainedMax)
      await explain(campaign, outcome, profileOf);
  }
  return total.report({ ...campaign, seeds: ran }, seconds());
}

function profiles({ scenario, without: left }: Campaign): (seed: number) => Profile {
  const known = left.filter((name): name is Feature => features.includes(name as Feature));
  const unknown = left.filter((name) => !features.includes(name as Feature));
  if (unknown.length > 0) throw new Error(`--without knows ${features.join(", ")}`);
  if (scenario === null) return (seed) => without(drawProfile(seed), known);
  const scripted = scenarios[scenario];
  if (!scripted) throw new Error(`--scenario knows ${Object.keys(scenarios).join(", ")}`);
  return (seed) => without(scripted(seed), known);
}

class Totals {
  readonly #outcomes: Omit<Outcome, "history">[] = [];

  add({ history: _history, ...outcome }: Outcome): void {
    this.#outcomes.push(outcome);
  }

  report({ seeds, steps }: Campaign, seconds: number): Report {
    const sum = (count: (outcome: Omit<Outcome, "history">) => number) =>
      this.#outcomes.reduce((total, outcome) => total + count(outcome), 0);
    const jobs = sum((outcome) => outcome.jobs);
    const faults: Record<string, number> = {};
    for (const outcome of this.#outcomes) {
      for (const [name, count] of outcome.faults) faults[name] = (faults[name] ?? 0) + count;
    }
    const perJob = (count: number) => Math.round((1e4 * count) / Math.max(1, jobs)) / 1e4;
    return {
      seeds,
      steps,
      violations: this.#outcomes.flatMap(({ seed, violations }) =>
        violations.map(({ invariant, at }) => ({ seed, invariant, at })),
      ),
      traceHash: fold(this.#outcomes.map(({ traceHash }) => traceHash).join()),
      stepsPerSecond: Math.round(sum((outcome) => outcome.steps) / seconds),
      faults,
      jobs,
      messagesPerJob: perJob(sum(({ messages }) => messages)),
      rendersPerJob: perJob(sum(({ renders }) => renders)),
    };
  }
}

/** FNV-1a: equal runs have equal hashes, and that is all it is for. */
function fold(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
