import { setTimeout as sleep } from "node:timers/promises";

export interface LoadResult {
  readonly perSecond: number;
  /** Of each request, in the order they ended. */
  readonly latencies: readonly number[];
}

/** `clients` send one request after another for `millis`; those under way then are waited for. */
export async function closedLoop(
  clients: number,
  millis: number,
  request: () => Promise<void>,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const started = performance.now();
  const client = async () => {
    while (performance.now() - started < millis) latencies.push(await timed(request));
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: latencies.length / seconds, latencies };
}

/**
 * A request every `1 / perSecond` whether or not the one before has ended, for `millis`. A latency
 * counts from the moment the request was due, so that a stall is felt by all who arrive during it.
 */
export async function openLoop(
  perSecond: number,
  millis: number,
  request: () => Promise<void>,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const failures: unknown[] = [];
  const pending: Promise<unknown>[] = [];
  const started = performance.now();
  const count = Math.floor((perSecond * millis) / 1000);
  for (let number = 0; number < count && failures.length === 0; number++) {
    const due = started + (number * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    pending.push(
      request().then(
        () => latencies.push(performance.now() - due),
        (failure: unknown) => failures.push(failure),
      ),
    );
  }
  await Promise.all(pending);
  if (failures.length > 0) throw failures[0];
  return { perSecond: (latencies.length / (performance.now() - started)) * 1000, latencies };
}

async function timed(request: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await request();
  return performance.now() - started;
}
