/**
 * A tenant sends two pictures a second and waits for each, while another one floods the service: with 500 damaged
 * files, then with twice what one core renders and more. How is it served?
 */
import { localOwner } from "../scripts/local/owner.ts";
import { startService } from "../scripts/local/local-service.ts";
import { type AdminClient, ServiceRefusal, TenantClient } from "../scripts/local/service-client.ts";
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import { seededRandom } from "../scripts/scene/noise.ts";
import { sceneJpeg } from "../scripts/scene/scene-jpeg.ts";
import { stage } from "../scripts/terminal.ts";
import { mutate } from "./fuzz/mutate.ts";
import { makeSeedPictures } from "./fuzz/seed-pictures.ts";
import { hostDescription } from "./host.ts";
import { closedLoop, openLoop } from "./load.ts";
import type { Processes } from "./misses.ts";
import { lightFetch } from "./light-fetch.ts";
import { benchStateDir, stateKind, type StateKind } from "./state.ts";
import { median, quantile, round } from "./statistics.ts";

export interface QuietReport {
  readonly host: string;
  readonly processes: Processes;
  readonly state: StateKind;
  /** Requests a second that eight waiting clients have rendered. */
  readonly capacityPerSecond: number;
  readonly alone: Served;
  /** A damaged file alone, until its answer. */
  readonly hostileFileP99Ms: number;
  /** While 500 of them come, sixteen at a time. */
  readonly besideHostile: Served;
  /** Its p99 there, by one and a half times that alone and one damaged file: at most 1 is wanted. */
  readonly hostileOfBound: number;
  /** While the other tenant sends twice the capacity, as it was granted. */
  readonly insideGrant: Served;
  readonly insideP99Ratio: number;
  /** While the other tenant sends six times the capacity and was granted three times. */
  readonly beyondGrant: Served;
  readonly beyondP99Ratio: number;
}

/** What the quiet tenant got. */
interface Served {
  readonly asked: number;
  readonly success: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Samples = { asked: number; readonly latencies: number[] };
type Picture = Uint8Array<ArrayBuffer>;

const quietPerSecond = 2;
const turnMillis = 12_000;
const hostileFiles = 500;
const hostileClients = 16;
const output = "width=640,format=jpeg";
const seed = 9;

export async function benchQuiet(
  rounds: number,
  { oneThread }: { readonly oneThread: boolean },
): Promise<QuietReport> {
  const processes: Processes = oneThread ? "one" : "apart";
  const { jpeg, seeds } = await stage("Making the pictures", async () => ({
    jpeg: sceneJpeg({ width: 1600, height: 1200, seed: 7, quality: 60 }),
    seeds: (await makeSeedPictures()).map(({ file }) => file),
  }));
  const state = stateKind({ disk: false });
  const stateDir = benchStateDir(state);
  const service = await stage("Starting the service", () =>
    startService({ stateDir, bare: { processes, buckets: "memory" } }),
  );
  const bench = new Bench(service.url, await localOwner(stateDir, service.url), jpeg);
  await stage("Warming up", () => bench.capacity());
  const capacities: number[] = [];
  const fileMillis: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    await stage(`Round ${round} of ${rounds}`, async () => {
      const perSecond = await bench.capacity();
      capacities.push(perSecond);
      await bench.beside("alone", () => pause(turnMillis));
      const files = damaged(jpeg, seeds, seed + round);
      fileMillis.push(...(await bench.alone(files.slice(0, 60))));
      await bench.beside("hostile", () => bench.inParallel(files));
      await bench.beside("inside", () => bench.flood(2 * perSecond, 3 * perSecond));
      await bench.beside("beyond", () => bench.flood(6 * perSecond, 3 * perSecond));
    });
  }
  await service.stop();
  const host = { host: hostDescription({ bare: true }), processes, state };
  return { ...host, ...reportOf(bench.seen, median(capacities), quantile(fileMillis, 0.99)) };
}

/** The service, and who asks it. */
class Bench {
  readonly seen = {
    alone: noSamples(),
    hostile: noSamples(),
    inside: noSamples(),
    beyond: noSamples(),
  };
  readonly #url: string;
  readonly #admin: AdminClient;
  readonly #jpeg: Uint8Array;
  #pictures = 0;

  constructor(url: string, admin: AdminClient, jpeg: Uint8Array) {
    this.#url = url;
    this.#admin = admin;
    this.#jpeg = jpeg;
  }

  /** Jobs a second of eight clients that wait for each. */
  async capacity(): Promise<number> {
    const tenant = await this.#tenant(250);
    const { perSecond } = await closedLoop(8, 5000, () => render(tenant, this.#picture()));
    return perSecond;
  }

  /** The quiet tenant asks until the other one has sent all; only then is it waited for. */
  async beside(what: keyof Bench["seen"], send: () => Promise<Ended | void>): Promise<void> {
    const quiet = await this.#tenant(50);
    const samples = this.seen[what];
    const other = { isOver: false };
    const sending = send().finally(() => (other.isOver = true));
    while (!other.isOver) {
      await openLoop(quietPerSecond, 1000, async () => {
        samples.asked += 1;
        const since = performance.now();
        const isServed = await answered(render(quiet, this.#picture()));
        if (isServed) samples.latencies.push(performance.now() - since);
      });
    }
    const ended = await sending;
    if (ended) await ended();
  }

  /** How long each of these takes one after another, in milliseconds. */
  async alone(files: readonly Picture[]): Promise<number[]> {
    const tenant = await this.#tenant(250);
    const { latencies } = await inTurn(files, 1, (file) => answered(render(tenant, file)));
    return latencies;
  }

  async inParallel(files: readonly Picture[]): Promise<void> {
    const tenant = await this.#tenant(250);
    await inTurn(files, hostileClients, (file) => answered(render(tenant, file)));
  }

  /** One request waits for its picture and the next does not, in turn. */
  async flood(perSecond: number, granted: number): Promise<Ended> {
    const tenant = await this.#tenant(Math.ceil(granted));
    let number = 0;
    await openLoop(perSecond, turnMillis, async () => {
      const waits = number++ % 2 === 0;
      const picture = this.#picture();
      await answered(waits ? render(tenant, picture) : tenant.submit(picture, [output]));
    });
    return async () => {
      for (const job of await tenant.jobs()) await tenant.settled(job);
    };
  }

  async #tenant(perSecond: number): Promise<TenantClient> {
    const limits = { requestsPerSecond: perSecond, burst: perSecond };
    const id = await this.#admin.createTenant({ name: "Bench", limits });
    return new TenantClient(this.#url, await this.#admin.createKey(id, "bench"), lightFetch);
  }

  #picture(): Picture {
    return distinctJpeg(this.#jpeg, this.#pictures++);
  }
}

/** Resolves when all that was accepted is done. */
type Ended = () => Promise<void>;

function noSamples(): Samples {
  return { asked: 0, latencies: [] };
}

function reportOf(
  seen: Bench["seen"],
  capacity: number,
  fileP99: number,
): Omit<QuietReport, "host" | "processes" | "state"> {
  const [alone, besideHostile] = [servedOf(seen.alone), servedOf(seen.hostile)];
  const [insideGrant, beyondGrant] = [servedOf(seen.inside), servedOf(seen.beyond)];
  return {
    capacityPerSecond: round(capacity),
    alone,
    hostileFileP99Ms: round(fileP99, 1),
    besideHostile,
    hostileOfBound: round(besideHostile.p99Ms / (1.5 * alone.p99Ms + fileP99), 2),
    insideGrant,
    insideP99Ratio: round(insideGrant.p99Ms / alone.p99Ms, 2),
    beyondGrant,
    beyondP99Ratio: round(beyondGrant.p99Ms / alone.p99Ms, 2),
  };
}

function servedOf({ asked, latencies }: Samples): Served {
  return {
    asked,
    success: round(latencies.length / asked, 3),
    p50Ms: round(median(latencies), 1),
    p99Ms: round(quantile(latencies, 0.99), 1),
  };
}

/** Small pictures of every format, and every fourth time the usual one, each damaged in its own way. */
function damaged(jpeg: Uint8Array, seeds: readonly Uint8Array[], from: number): Picture[] {
  const random = seededRandom(from);
  return Array.from({ length: hostileFiles }, (_, number) => {
    const sound = number % 4 === 0 ? jpeg : (seeds[number % seeds.length] ?? jpeg);
    return new Uint8Array(mutate(sound, seeds, random));
  });
}

/** Requests at a time. */
async function inTurn(
  files: readonly Picture[],
  clients: number,
  send: (file: Picture) => Promise<unknown>,
): Promise<{ latencies: number[] }> {
  const left = [...files];
  const latencies: number[] = [];
  const client = async () => {
    for (let file = left.pop(); file; file = left.pop()) {
      const since = performance.now();
      await send(file);
      latencies.push(performance.now() - since);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { latencies };
}

const render = async (tenant: TenantClient, file: Picture): Promise<void> =>
  void (await tenant.render(file, output.replaceAll(",", "&"), "image/jpeg"));

/** False: the service refused. */
async function answered(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof ServiceRefusal) return false;
    throw error;
  }
}

const pause = (millis: number) => new Promise<void>((wake) => setTimeout(wake, millis));
