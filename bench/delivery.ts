/**
 * Delivery compared with the least that could do the same: a stored rendition against a Worker that holds the
 * bytes, and one that has to be made against the engine alone. All run on the same machine and take turns.
 */
import { startService } from "../scripts/local/local-service.ts";
import { localOwner } from "../scripts/local/owner.ts";
import { TenantClient } from "../scripts/local/service-client.ts";
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import { say, stage } from "../scripts/terminal.ts";
import { bareJob, engineOnly, sceneOf } from "./engine-alone.ts";
import { hostDescription } from "./host.ts";
import { closedLoop } from "./load.ts";
import { benchStateDir, stateKind, type StateKind } from "./state.ts";
import { median, quantile, round, spread } from "./statistics.ts";

interface DeliveryReport {
  readonly host: string;
  /** Where what is stored lies. */
  readonly state: StateKind;
  /** A rendition that lies in R2, over a bare Worker's answer with the same bytes. */
  readonly hitRatio: number;
  /** A rendition made of a stored original, over the engine's renders. */
  readonly missRatio: number;
  /** The same over a Worker that reads the original, renders, stores the rendition and answers with it. */
  readonly missOfBare: number;
  readonly hitP50Ms: number;
  readonly hitP99Ms: number;
  readonly missP50Ms: number;
  readonly missP99Ms: number;
  readonly hitsPerSecond: number;
  readonly barePerSecond: number;
  readonly missesPerSecond: number;
  readonly engineOnlyPerSecond: number;
  readonly hitSpread: number;
  readonly missSpread: number;
}

export async function benchDelivery(
  rounds: number,
  choice: { readonly disk: boolean },
): Promise<DeliveryReport> {
  const state = stateKind(choice);
  const jpeg = await stage("Making the picture", async () => sceneOf(256 * 1024));
  const services = await stage("Starting the service, the engine alone and a bare Worker", () =>
    Promise.all([
      startService({ stateDir: benchStateDir(state), configs: ["bench/engine-worker.toml"] }),
      startService({ stateDir: benchStateDir(state), configs: ["bench/bare-worker.toml"] }),
      deliveringService(benchStateDir(state)),
    ]),
  );
  const [engine, bare, { service, tenant }] = services;
  const original = await tenant.storeImage(jpeg);
  const hit = original.url.replace("format=auto", output);
  const bytes = await fetched(hit);
  await fetch(`${bare.url}/picture`, { method: "PUT", body: bytes });
  say(`  1600 × 1200 JPEG → 1000 px JPEG of ${bytes.byteLength} bytes`);

  const hits: Turn[] = [];
  const misses: Turn[] = [];
  const originals = new Originals(tenant, jpeg);
  await fetch(`${engine.url}/source?key=original`, { method: "PUT", body: jpeg });
  const bareMiss = () => bareJob(engine.url, output, { source: "original" });
  const bareMisses: number[] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Round ${number} of ${rounds}`, async (detail) => {
      const least = await closedLoop(clients, turnMillis, () => get(`${bare.url}/picture`));
      const found = await closedLoop(clients, turnMillis, () => get(hit));
      hits.push({ perSecond: found.perSecond, alone: least.perSecond, latencies: found.latencies });
      const urls = await originals.store(missesPerTurn);
      const alone = await engineOnly(engine.url, jpeg, output, rendersPerTurn);
      const made = await eachOnce(urls);
      misses.push({ ...made, alone });
      const barely = await closedLoop(clients, turnMillis, bareMiss);
      bareMisses.push(made.perSecond / barely.perSecond);
      detail(
        `${round(found.perSecond)} hits of ${round(least.perSecond)}, ${round(made.perSecond)} misses of ${round(alone)}`,
      );
    });
  }
  await Promise.all([engine.stop(), bare.stop(), service.stop()]);
  const missOfBare = round(median(bareMisses), 3);
  return { host: hostDescription(), state, missOfBare, ...reportOf(hits, misses) };
}

interface Turn {
  readonly perSecond: number;
  /** What it is measured against, in the same round. */
  readonly alone: number;
  readonly latencies: readonly number[];
}

const clients = 8;
const turnMillis = 3000;
const rendersPerTurn = 60;
const missesPerTurn = 64;
const output = "width=1000,format=jpeg";

async function deliveringService(stateDir: string) {
  const service = await startService({ stateDir });
  const admin = await localOwner(stateDir, service.url);
  const limits = { requestsPerSecond: 250, burst: 1000 };
  const id = await admin.createTenant({ name: "Bench", limits });
  const tenant = new TenantClient(service.url, await admin.createKey(id, "bench"));
  return { service, tenant };
}

/** Stored pictures of which nothing has been made yet. */
class Originals {
  readonly #tenant: TenantClient;
  readonly #jpeg: Uint8Array;
  #number = 1;

  constructor(tenant: TenantClient, jpeg: Uint8Array) {
    this.#tenant = tenant;
    this.#jpeg = jpeg;
  }

  async store(count: number): Promise<string[]> {
    const urls: string[] = [];
    for (let stored = 0; stored < count; stored++) {
      const { url } = await this.#tenant.storeImage(distinctJpeg(this.#jpeg, this.#number++));
      urls.push(url.replace("format=auto", output));
    }
    return urls;
  }
}

async function eachOnce(urls: readonly string[]): Promise<Pick<Turn, "perSecond" | "latencies">> {
  const waiting = [...urls];
  const latencies: number[] = [];
  const started = performance.now();
  const client = async () => {
    for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
      const asked = performance.now();
      await get(url);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { perSecond: (urls.length * 1000) / (performance.now() - started), latencies };
}

async function fetched(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.arrayBuffer();
}

const get = async (url: string): Promise<void> => void (await fetched(url));

function reportOf(
  hits: readonly Turn[],
  misses: readonly Turn[],
): Omit<DeliveryReport, "host" | "state" | "missOfBare"> {
  const ratios = (turns: readonly Turn[]) => turns.map(({ perSecond, alone }) => perSecond / alone);
  const middle = (turns: readonly Turn[], of: "perSecond" | "alone") =>
    round(median(turns.map((turn) => turn[of])));
  const latency = (turns: readonly Turn[], share: number) =>
    round(
      quantile(
        turns.flatMap(({ latencies }) => [...latencies]),
        share,
      ),
      1,
    );
  return {
    hitRatio: round(median(ratios(hits)), 3),
    missRatio: round(median(ratios(misses)), 3),
    hitP50Ms: latency(hits, 0.5),
    hitP99Ms: latency(hits, 0.99),
    missP50Ms: latency(misses, 0.5),
    missP99Ms: latency(misses, 0.99),
    hitsPerSecond: middle(hits, "perSecond"),
    barePerSecond: middle(hits, "alone"),
    missesPerSecond: middle(misses, "perSecond"),
    engineOnlyPerSecond: middle(misses, "alone"),
    hitSpread: round(spread(ratios(hits)), 3),
    missSpread: round(spread(ratios(misses)), 3),
  };
}
