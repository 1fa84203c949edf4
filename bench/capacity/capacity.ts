import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../../scripts/command.ts";
import { root } from "../../scripts/local/local-service.ts";
import { readArguments, say, table, wholeNumber } from "../../scripts/terminal.ts";
import { topology } from "../../topology.ts";
import { assumptions, prices, usesOfExpressJob, usesOfJob } from "./assumptions.ts";
import { drawCurves } from "./draw-curves.ts";
import { costPerThousand, sizeFleet } from "./fleet-size.ts";
import { simulateLoad, type Loss, type Outcome } from "./simulate-load.ts";

const usage = `npm run capacity -- --rps 10000 [--seconds 20] [--seed 1] [--json] [--chart]

What a region needs for this many jobs a second, what they cost, and how they fare, also with a queue, a ledger or the
region lost.

  --rps N       jobs a second, 10000 by default
  --seconds N   simulated seconds, 20 by default
  --seed N      seed of the simulation, 1 by default
  --chart       also write docs/capacity.svg`;

await runCommand(async () => {
  const { values } = readArguments(usage, {
    options: {
      rps: { type: "string", default: "10000" },
      seconds: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      chart: { type: "boolean", default: false },
    },
  });
  const rps = wholeNumber("rps", values.rps, 1);
  const seconds = wholeNumber("seconds", values.seconds, 1);
  const seed = wholeNumber("seed", values.seed, 1);
  const report = capacityFor(rps, seconds, seed);
  if (values.json) console.log(JSON.stringify(report));
  else console.log(words(report));
  if (values.chart) {
    writeFileSync(join(root, "docs/capacity.svg"), drawCurves(seed));
    say("Wrote docs/capacity.svg");
  }
  return 0;
});

function capacityFor(jobsPerSecond: number, seconds: number, seed: number) {
  const size = sizeFleet(jobsPerSecond);
  const { queues } = size;
  const { queuesPerTenant } = topology;
  const fares = (lost: Loss | null) =>
    simulateLoad({ jobsPerSecond, queues, queuesPerTenant, seconds, seed, lost });
  return {
    ...size,
    ...fares(null),
    costPerThousand: {
      ...costPerThousand(usesOfJob),
      express: costPerThousand(usesOfExpressJob).total,
    },
    lost: { queue: fares("queue"), shard: fares("shard"), region: fares("region") },
  };
}

function words(report: ReturnType<typeof capacityFor>): string {
  const { queues, shards, consumers, costPerThousand: cost, lost } = report;
  const row = (name: string, { p50Ms, p99Ms, p999Ms, yield: answered }: Outcome) =>
    [name, p50Ms, p99Ms, p999Ms, `${(answered * 100).toFixed(3)} %`].map(String);
  const outcomes = [
    row("all is well", report),
    row("a queue is lost", lost.queue),
    row("a ledger is lost", lost.shard),
    row("the region is lost", lost.region),
  ];
  const rests = [...named(assumptions), ...named(prices), ...named(usesOfJob)];
  return [
    `${queues} queues, ${consumers} consumers, ${shards} ledgers at the least.`,
    table(["", "p50 ms", "p99 ms", "p99.9 ms", "answered"], outcomes),
    `$${cost.total} a thousand through a queue, $${cost.express} over the service binding.`,
    table(["this rests on", "value", "source"], rests),
  ].join("\n\n");
}

type Named = Readonly<Record<string, { readonly value: unknown; readonly source: string }>>;

function named(some: Named): string[][] {
  return Object.entries(some).map(([name, { value, source }]) => [
    name,
    JSON.stringify(value),
    source,
  ]);
}
