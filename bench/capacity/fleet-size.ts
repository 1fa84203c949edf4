import { assumptions, prices, stepsOfConsumer, type usesOfJob } from "./assumptions.ts";

export interface FleetSize {
  readonly queues: number;
  /** Ledgers that are needed, were all of it one tenant's or many tenants'. */
  readonly shards: number;
  readonly consumers: number;
}

/** How long a consumer is busy with one job: claim, load, render, store and settle, on average. */
export function busyMillis(): number {
  return stepsOfConsumer.reduce((sum, step) => sum + mean(assumptions[step].value), 0);
}

/** What a region needs for a rate of jobs, with one spare queue. */
export function sizeFleet(jobsPerSecond: number): FleetSize {
  const { messagesPerSecond, consumersPerQueue, jobsPerLedgerSecond, busyShareMax } = assumptions;
  const busy = (jobsPerSecond * busyMillis()) / 1000;
  const consumers = Math.ceil(busy / busyShareMax.value);
  const byMessages = jobsPerSecond / (messagesPerSecond.value * busyShareMax.value);
  const queues = Math.ceil(Math.max(byMessages, consumers / consumersPerQueue.value)) + 1;
  return { queues, shards: Math.ceil(jobsPerSecond / jobsPerLedgerSecond.value), consumers };
}

export interface Cost {
  readonly total: number;
  readonly [part: string]: number;
}

/** US dollars for a thousand jobs, by what costs them. */
export function costPerThousand(uses: typeof usesOfJob): Cost {
  const names = Object.keys(prices) as (keyof typeof prices)[];
  const parts = names.map(
    (name) => [name, (uses[name].value * prices[name].value) / 1000] as const,
  );
  const total = parts.reduce((sum, [, dollars]) => sum + dollars, 0);
  const rounded = (dollars: number) => Number(dollars.toFixed(5));
  const byPart = parts.map(([name, dollars]) => [name, rounded(dollars)]);
  return { total: rounded(total), ...(Object.fromEntries(byPart) as Record<string, number>) };
}

const z99 = 2.326;

/** Of the log-normal distribution. */
function mean({ p50, p99 }: { readonly p50: number; readonly p99: number }): number {
  const sigma = Math.log(p99 / p50) / z99;
  return p50 * Math.exp(sigma ** 2 / 2);
}

/** A draw from it, by two uniform numbers in (0, 1] (Box and Muller). */
export function draw(
  { p50, p99 }: { readonly p50: number; readonly p99: number },
  one: number,
  two: number,
): number {
  const normal = Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * two);
  return p50 * Math.exp((Math.log(p99 / p50) / z99) * normal);
}
