/**
 * How many jobs a second does one tenant's work take in at one, two and four shards? On one machine all objects share a
 * thread, so what is measured is what shards cost: leases, and jobs that wait for less of one ledger's storage.
 */
import { startService, temporaryStateDir } from "../scripts/local/local-service.ts";
import { stage } from "../scripts/terminal.ts";
import { hostDescription } from "./host.ts";
import { median, round, spread } from "./statistics.ts";

export interface ShardsReport {
  readonly host: string;
  /** Accepts a second at one shard, by itself; at two and at four by that. */
  readonly one: number;
  readonly two: number;
  readonly four: number;
  /** Spread of `four` over the rounds. */
  readonly spread: number;
  readonly acceptsPerSecond: readonly [one: number, two: number, four: number];
}

const jobsPerTurn = 1000;

export async function benchShards(rounds: number): Promise<ShardsReport> {
  const { url, stop } = await stage("Starting a ledger", () =>
    startService({ stateDir: temporaryStateDir(), configs: ["bench/ledger-worker.toml"] }),
  );
  await accept(url, "warm", 4);
  const measured: [number, number, number][] = [];
  await stage(`Accepting ${jobsPerTurn} jobs at each, ${rounds} times`, async () => {
    for (let number = 0; number < rounds; number++) {
      measured.push([
        await accept(url, `one${number}`, 1),
        await accept(url, `two${number}`, 2),
        await accept(url, `four${number}`, 4),
      ]);
    }
  });
  await stop();
  const ratios = (index: 1 | 2) => measured.map((round) => round[index] / round[0]);
  const perSecond = (index: 0 | 1 | 2) => round(median(measured.map((round) => round[index])));
  return {
    host: hostDescription(),
    one: 1,
    two: round(median(ratios(1)), 2),
    four: round(median(ratios(2)), 2),
    spread: round(spread(ratios(2)), 3),
    acceptsPerSecond: [perSecond(0), perSecond(1), perSecond(2)],
  };
}

/** Accepts a second of a new tenant. */
async function accept(url: string, tenant: string, shards: number): Promise<number> {
  const query = `tenant=${tenant}&shards=${shards}&jobs=${jobsPerTurn}`;
  const response = await fetch(`${url}/spread?${query}`, { method: "POST" });
  if (!response.ok) throw new Error(`A shard refused: ${await response.text()}`);
  const { millis } = (await response.json()) as { millis: number };
  return (jobsPerTurn * 1000) / millis;
}
