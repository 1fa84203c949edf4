/**
 * What do clients get when more comes than can be rendered? One tenant sends once, twice and four times what
 * the service can do of the same, at a steady rate, whatever the answer; another one asks now and then and waits.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { localOwner } from "../scripts/local/owner.ts";
import { startService, type LocalService } from "../scripts/local/local-service.ts";
import { type AdminClient, ServiceRefusal, TenantClient } from "../scripts/local/service-client.ts";
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import { sceneJpeg } from "../scripts/scene/scene-jpeg.ts";
import { stage } from "../scripts/terminal.ts";
import { hostDescription } from "./host.ts";
import { lightFetch } from "./light-fetch.ts";
import { openLoop } from "./load.ts";
import type { Processes } from "./misses.ts";
import { workerdBytes } from "./processor-time.ts";
import { benchStateDir, stateKind, type StateKind } from "./state.ts";
import { median, quantile, round } from "./statistics.ts";

export interface AdmissionReport {
  readonly host: string;
  readonly processes: Processes;
  /** Where what is stored lies. */
  readonly state: StateKind;
  /** Jobs a second that the service takes in, stores and renders when eight clients send one after another. */
  readonly capacityPerSecond: number;
  /** Finished jobs a second at four times the capacity, by the most at any load, after the first seconds. */
  readonly goodput: number;
  /** p99 of the time until a refusal at four times the capacity, above that of an idle service. */
  readonly refusalP99Ms: number;
  /** The share of the quiet tenant's requests during four times the capacity that got their rendition. */
  readonly quietSuccess: number;
  /** Its p99 there by its p99 alone. */
  readonly quietP99Ratio: number;
  /**
   * What workerd holds in memory after four times the capacity, by what it held after once; null: it cannot be told.
   */
  readonly memoryRatio: number | null;
  /** What it holds when that has gone on for three times as long, by what it held at first. */
  readonly memoryHeldRatio: number | null;
  readonly rounds: readonly (readonly Load[])[];
}

interface Load {
  /** By the capacity. */
  readonly offered: number;
  /** Of the tenant that sends much: at first, while it has its burst and queues grow, and from then on. */
  readonly finishedAtFirst: number;
  readonly finishedPerSecond: number;
  readonly refused: number;
  readonly refusalP50Ms: number;
  readonly refusalP99Ms: number;
  readonly quietAnswered: number;
  readonly quietAsked: number;
  readonly quietP99Ms: number;
  /** What workerd held in memory at the end. */
  readonly memoryMiB: number | null;
}

const most = 4;
/** The last one three times, so that memory shows whether it goes on growing. */
const loads = [1, 2, most, most, most];
const clients = 8;
const capacityJobs = 80;
const loadMillis = 16_000;
/** By then queues have the length that they keep. */
const burstMillis = 4000;
const quietPerSecond = 1;
const output = "width=640,format=jpeg";

export async function benchAdmission(
  rounds: number,
  { oneThread }: { readonly oneThread: boolean },
): Promise<AdmissionReport> {
  const processes: Processes = oneThread ? "one" : "apart";
  const jpeg = await stage("Making the picture", async () =>
    sceneJpeg({ width: 1600, height: 1200, seed: 7, quality: 60 }),
  );
  const state = stateKind({ disk: false });
  const stateDir = benchStateDir(state);
  const service = await stage("Starting the service", () =>
    startService({ stateDir, bare: { processes, buckets: "memory" } }),
  );
  const bench = new Bench(service, await localOwner(stateDir, service.url), jpeg);
  await stage("Warming up", () => bench.capacity());

  const capacities: number[] = [];
  const idle: number[] = [];
  const alone: number[] = [];
  const measured: Load[][] = [];
  for (let number = 1; number <= rounds; number++) {
    const capacity = await stage(`Round ${number} of ${rounds}: capacity`, () => bench.capacity());
    capacities.push(capacity);
    idle.push(...(await bench.idleRefusals()));
    alone.push(...(await bench.quiet(loadMillis)).latencies);
    const round: Load[] = [];
    for (const times of loads) {
      round.push(await stage(`${times} times the capacity`, () => bench.load(times, capacity)));
    }
    measured.push(round);
  }
  await service.stop();

  const worst = measured.flatMap(atMost);
  const goodputs = measured.map((round) => {
    const finished = (these: readonly Load[]) => these.map((load) => load.finishedPerSecond);
    return median(finished(atMost(round))) / Math.max(...finished(round));
  });
  const once = measured.map(([first]) => first);
  const firstOfMost = measured.map((round) => atMost(round)[0]);
  const lastOfMost = measured.map((round) => atMost(round).at(-1));
  const sum = (figure: (load: Load) => number) =>
    worst.reduce((total, load) => total + figure(load), 0);
  return {
    host: hostDescription({ bare: true }),
    processes,
    state,
    capacityPerSecond: round(median(capacities)),
    goodput: round(median(goodputs), 3),
    refusalP99Ms: round(median(worst.map((load) => load.refusalP99Ms)) - quantile(idle, 0.99), 1),
    quietSuccess: round(sum((load) => load.quietAnswered) / sum((load) => load.quietAsked), 3),
    quietP99Ratio: round(median(worst.map((load) => load.quietP99Ms)) / quantile(alone, 0.99), 2),
    memoryRatio: memoryRatio(firstOfMost, once),
    memoryHeldRatio: memoryRatio(lastOfMost, firstOfMost),
    rounds: measured,
  };
}

/** The loads of a round that are the highest, in order. */
const atMost = (round: readonly Load[]) => round.filter(({ offered }) => offered === most);

/** Of loads of the same rounds. */
function memoryRatio(
  later: readonly (Load | undefined)[],
  earlier: readonly (Load | undefined)[],
): number | null {
  const ratios = later.flatMap((load, index) => {
    const [last, first] = [load?.memoryMiB, earlier[index]?.memoryMiB];
    return last && first ? [last / first] : [];
  });
  return ratios.length > 0 ? round(median(ratios)) : null;
}

/** The service and the tenants that ask it. */
class Bench {
  readonly #service: LocalService;
  readonly #admin: AdminClient;
  readonly #jpeg: Uint8Array<ArrayBuffer>;
  #pictures = 0;

  constructor(service: LocalService, admin: AdminClient, jpeg: Uint8Array<ArrayBuffer>) {
    this.#service = service;
    this.#admin = admin;
    this.#jpeg = jpeg;
  }

  /**
   * Jobs a second, from the first that is sent until all are done. They are of the kind that overloads the service
   * later.
   */
  async capacity(): Promise<number> {
    const tenant = await this.#tenant({ requestsPerSecond: 250, burst: 1000 });
    const started = performance.now();
    let left = capacityJobs;
    let accepted = 0;
    const client = async () => {
      while (left-- > 0) {
        const { refusedMillis } = await this.#submit(tenant);
        if (refusedMillis === null) accepted += 1;
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    while ((await tenant.usage()).total.jobsDone < accepted) await sleep(50);
    return (accepted * 1000) / (performance.now() - started);
  }

  /** How long refusals take when nothing else is asked, in milliseconds. */
  async idleRefusals(): Promise<number[]> {
    const tenant = await this.#tenant({ requestsPerSecond: 1, burst: 1 });
    const refusals: number[] = [];
    await openLoop(20, 3000, async () => {
      const { refusedMillis } = await this.#submit(tenant);
      if (refusedMillis !== null) refusals.push(refusedMillis);
    });
    return refusals;
  }

  /** A tenant that asks now and then and waits for its rendition. */
  async quiet(millis: number): Promise<{ asked: number; latencies: number[] }> {
    const tenant = await this.#tenant({ requestsPerSecond: 50, burst: 50 });
    const latencies: number[] = [];
    let asked = 0;
    await openLoop(quietPerSecond, millis, async () => {
      asked += 1;
      const started = performance.now();
      const answered = await this.#render(tenant).then(
        () => true,
        () => false,
      );
      if (answered) latencies.push(performance.now() - started);
    });
    return { asked, latencies };
  }

  /** `times` the capacity from a tenant that was granted more, next to the quiet one. */
  async load(times: number, capacity: number): Promise<Load> {
    const greedy = await this.#tenant({
      requestsPerSecond: 250,
      burst: 1000,
      jobsInFlight: 10_000,
    });
    const refusals: number[] = [];
    const quiet = this.quiet(loadMillis);
    const started = performance.now();
    const progress = async () => {
      const { jobsDone } = (await greedy.usage()).total;
      return { jobsDone, seconds: (performance.now() - started) / 1000 };
    };
    const atFirst = sleep(burstMillis).then(progress);
    await openLoop(times * capacity, loadMillis, async () => {
      const { refusedMillis } = await this.#submit(greedy);
      if (refusedMillis !== null) refusals.push(refusedMillis);
    });
    const [burst, end] = [await atFirst, await progress()];
    const { asked, latencies } = await quiet;
    await this.#untilIdle(greedy);
    const bytes = workerdBytes(this.#service.group);
    return {
      offered: times,
      finishedAtFirst: round(burst.jobsDone / burst.seconds),
      finishedPerSecond: round((end.jobsDone - burst.jobsDone) / (end.seconds - burst.seconds)),
      refused: refusals.length,
      refusalP50Ms: round(quantile(refusals, 0.5), 1),
      refusalP99Ms: round(quantile(refusals, 0.99), 1),
      quietAnswered: latencies.length,
      quietAsked: asked,
      quietP99Ms: round(quantile(latencies, 0.99), 1),
      memoryMiB: bytes === undefined ? null : round(bytes / 1024 ** 2, 0),
    };
  }

  async #tenant(limits: Record<string, number>): Promise<TenantClient> {
    const id = await this.#admin.createTenant({ name: "Bench", limits });
    return new TenantClient(
      this.#service.url,
      await this.#admin.createKey(id, "bench"),
      lightFetch,
    );
  }

  async #render(tenant: TenantClient): Promise<void> {
    await tenant.render(this.#picture(), output.replaceAll(",", "&"), "image/jpeg");
  }

  /** Sends a job and does not wait for it. */
  async #submit(tenant: TenantClient): Promise<{ refusedMillis: number | null }> {
    const started = performance.now();
    try {
      await tenant.submit(this.#picture(), [output]);
      return { refusedMillis: null };
    } catch (error) {
      const refused = error instanceof ServiceRefusal && [429, 503].includes(error.status);
      if (!refused) throw error;
      return { refusedMillis: performance.now() - started };
    }
  }

  async #untilIdle(tenant: TenantClient): Promise<void> {
    for (const job of await tenant.jobs()) await tenant.settled(job);
  }

  #picture(): Uint8Array<ArrayBuffer> {
    return distinctJpeg(this.#jpeg, this.#pictures++);
  }
}
