/**
 * The whole path against the engine alone: how much of what the processor can render does a client
 * get? Both run in their own local runtime of the same version and take turns, so that other work
 * on the machine slows both.
 */
import { startService, temporaryStateDir } from "../scripts/local/local-service.ts";
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import { localOwner } from "../scripts/local/owner.ts";
import { TenantClient } from "../scripts/local/service-client.ts";
import { formatBytes, say, stage } from "../scripts/terminal.ts";
import { engineOnly, sceneOf } from "./engine-alone.ts";
import { hostDescription } from "./host.ts";
import { closedLoop, openLoop } from "./load.ts";
import { median, quantile, round, spread } from "./statistics.ts";

export interface ServiceReport {
  readonly host: string;
  readonly engineOnlyPerSecond: number;
  readonly servicePerSecond: number;
  readonly ratio: number;
  /** Of the whole path at 8 clients, saturated. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly renderMs: number;
  /** Of the ratio over the rounds. */
  readonly spread: number;
  /** Of the whole path when requests come steadily at 70 % of saturation. */
  readonly p50At70Ms: number;
  readonly p99At70Ms: number;
  readonly rounds: readonly Round[];
}

interface Round {
  readonly engineOnlyPerSecond: number;
  readonly servicePerSecond: number;
}

export async function benchService(rounds: number): Promise<ServiceReport> {
  const jpeg = await stage("Making the picture", async () => sceneOf(256 * 1024));
  say(`  1600 × 1200 JPEG of ${formatBytes(jpeg.length)} → 1000 px JPEG`);
  const stateDir = temporaryStateDir();
  const [engine, service] = await stage("Starting the service, and the engine alone", () =>
    Promise.all([
      startService({ stateDir: temporaryStateDir(), configs: ["bench/engine-worker.toml"] }),
      startService({ stateDir }),
    ]),
  );
  const request = await requester(service.url, stateDir, jpeg);
  await stage("Warming up", async () => {
    await engineOnly(engine.url, jpeg, output, 5);
    await closedLoop(clients, 3000, request);
  });

  const measured: Round[] = [];
  const latencies: number[] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Round ${number} of ${rounds}`, async (detail) => {
      const before = await engineOnly(engine.url, jpeg, output, rendersPerTurn);
      const load = await closedLoop(clients, turnMillis, request);
      const after = await engineOnly(engine.url, jpeg, output, rendersPerTurn);
      const engineOnlyPerSecond = (before + after) / 2;
      measured.push({ engineOnlyPerSecond, servicePerSecond: load.perSecond });
      latencies.push(...load.latencies);
      detail(`${round(engineOnlyPerSecond)} alone, ${round(load.perSecond)} through the service`);
    });
  }
  const servicePerSecond = median(measured.map((each) => each.servicePerSecond));
  const steady = await stage("A steady 70 % of saturation", () =>
    openLoop(servicePerSecond * 0.7, steadyMillis, request),
  );
  await Promise.all([engine.stop(), service.stop()]);

  const engineOnlyPerSecond = median(measured.map((each) => each.engineOnlyPerSecond));
  const ratios = measured.map((each) => each.servicePerSecond / each.engineOnlyPerSecond);
  return {
    host: hostDescription(),
    engineOnlyPerSecond: round(engineOnlyPerSecond),
    servicePerSecond: round(servicePerSecond),
    ratio: round(median(ratios), 3),
    p50Ms: round(quantile(latencies, 0.5), 1),
    p99Ms: round(quantile(latencies, 0.99), 1),
    renderMs: round(1000 / engineOnlyPerSecond, 1),
    spread: round(spread(ratios), 3),
    p50At70Ms: round(quantile(steady.latencies, 0.5), 1),
    p99At70Ms: round(quantile(steady.latencies, 0.99), 1),
    rounds: measured.map((each) => ({
      engineOnlyPerSecond: round(each.engineOnlyPerSecond),
      servicePerSecond: round(each.servicePerSecond),
    })),
  };
}

const clients = 8;
const turnMillis = 5000;
const rendersPerTurn = 60;
const steadyMillis = 15_000;
const output = "width=1000,format=jpeg";

/** One request that carries a new picture through the whole path and receives its rendition. */
async function requester(
  url: string,
  stateDir: string,
  jpeg: Uint8Array,
): Promise<() => Promise<void>> {
  const admin = await localOwner(stateDir, url);
  const tenant = await admin.createTenant({
    name: "Bench",
    limits: { requestsPerSecond: 250, burst: 1000 },
  });
  const client = new TenantClient(url, await admin.createKey(tenant, "bench"));
  let number = 0;
  return async () => {
    const picture = distinctJpeg(jpeg, number++);
    await client.render(picture, output.replaceAll(",", "&"), "image/jpeg");
  };
}
