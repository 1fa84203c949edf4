import type { PunctualHour } from "./checks/record.ts";
import { Crew } from "./crew.ts";
import { explain } from "./explain.ts";
import { profiles, type Orders } from "./orders.ts";
import { simulate, type Outcome } from "./simulate.ts";

export interface Campaign extends Orders {
  readonly seeds: number;
  readonly firstSeed: number;
  /** No seed begins after it. */
  readonly secondsMax: number;
  /** Prints all that happens. */
  readonly history: boolean;
  /** Ends with the first seed that violates one of these invariants; empty: runs them all. */
  readonly until: readonly string[];
  /** Worlds that run at once, each on a thread of its own. */
  readonly threads: number;
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
  /** Ended jobs that the auditor looked at, once an audit. */
  readonly audited: number;
  readonly messagesPerJob: number;
  readonly rendersPerJob: number;
  /** Of scripted worlds that judge it: how many tenants had work in a closed hour, and it in their statements in time. */
  readonly hours?: readonly PunctualHour[];
}

/** A seed's failure takes seconds to shrink: the first few tell the most. */
const explainedMax = 3;

/** Runs every world, each whole on one thread. Progress and failures go to stderr. */
export async function runCampaign(campaign: Campaign): Promise<Report> {
  const profileOf = profiles(campaign);
  const outcomes: Outcome[] = [];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  let begun = 0;
  let isFound = false;
  const lane = async (run: (seed: number) => Promise<Outcome>) => {
    while (begun < campaign.seeds && !isFound && seconds() < campaign.secondsMax) {
      if (begun > 0 && begun % 500 === 0) console.error(`${begun} of ${campaign.seeds} seeds …`);
      const outcome = await run(campaign.firstSeed + begun++);
      outcomes.push(outcome);
      isFound ||= outcome.violations.some(({ invariant }) => campaign.until.includes(invariant));
      tell(campaign, outcome);
    }
  };
  const crew = Crew.of(campaign.threads, campaign.seeds, campaign);
  if (crew) await crew.work(lane);
  else await lane((seed) => simulate(seed, campaign.steps, profileOf(seed), campaign.history));
  const took = seconds();
  outcomes.sort((one, other) => one.seed - other.seed);
  if (!campaign.history && campaign.until.length === 0) {
    const failed = outcomes.filter(({ violations }) => violations.length > 0);
    for (const outcome of failed.slice(0, explainedMax))
      await explain(campaign, outcome, profileOf);
  }
  return report(outcomes, campaign.steps, took);
}

function tell({ history, until }: Campaign, outcome: Outcome): void {
  if (history) console.error(outcome.history.join("\n"));
  const [violation] = outcome.violations;
  if (!violation || until.length > 0) return;
  const { invariant, at, detail } = violation;
  console.error(`seed ${outcome.seed}: ${invariant} at step ${at}: ${detail}`);
}

function report(outcomes: readonly Outcome[], steps: number, seconds: number): Report {
  const sum = (count: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const jobs = sum((outcome) => outcome.jobs);
  const faults: Record<string, number> = {};
  for (const outcome of outcomes) {
    for (const [name, count] of outcome.faults) faults[name] = (faults[name] ?? 0) + count;
  }
  const hours = outcomes.flatMap((outcome) => outcome.hours);
  const perJob = (count: number) => Math.round((1e4 * count) / Math.max(1, jobs)) / 1e4;
  return {
    seeds: outcomes.length,
    steps,
    violations: outcomes.flatMap(({ seed, violations }) =>
      violations.map(({ invariant, at }) => ({ seed, invariant, at })),
    ),
    traceHash: fold(outcomes.map(({ traceHash }) => traceHash).join()),
    stepsPerSecond: Math.round(sum((outcome) => outcome.steps) / seconds),
    faults,
    jobs,
    audited: sum(({ audited }) => audited),
    messagesPerJob: perJob(sum(({ messages }) => messages)),
    rendersPerJob: perJob(sum(({ renders }) => renders)),
    ...(hours.length > 0 && { hours }),
  };
}

/** FNV-1a: equal runs have equal hashes, and that is all it is for. */
function fold(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
