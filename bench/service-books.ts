/**
 * What the books, metrics, traces and receipts cost of a job: the service as it is, and the same without them, job by
 * job in turn, so that what else the machine does slows both. Compared is processor time, by the scheduler's own
 * count. Whole rounds are counted, so that what alarms do later is counted too.
 */
import { startService, type LocalService } from "../scripts/local/local-service.ts";
import { localOwner } from "../scripts/local/owner.ts";
import { TenantClient, type AdminClient } from "../scripts/local/service-client.ts";
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import { formatBytes, say, stage } from "../scripts/terminal.ts";
import { sceneOf } from "./engine-alone.ts";
import { hostDescription } from "./host.ts";
import { workerdMillis } from "./processor-time.ts";
import { benchStateDir, stateKind, type StateKind } from "./state.ts";
import { median, quantile, round } from "./statistics.ts";
import { unbookedConfigs } from "./unbooked.ts";

export interface ServiceBooksReport {
  readonly host: string;
  readonly state: StateKind;
  /** Jobs of each service. */
  readonly jobs: number;
  /** Milliseconds of processor time a job, of all that is in workerd. */
  readonly withMs: number;
  readonly withoutMs: number;
  /** Without, over with: what is left of the throughput. The median of the rounds. */
  readonly ratio: number;
  /**
   * … of one flush, roll-up and audit of all these jobs by fresh code: of many jobs it is far less a job (`bench --
   * books`).
   */
  readonly rollUpMs: number;
  /** The ratio with that added. */
  readonly ratioWithRollUp: number;
  /** Half of the rounds lie between these. */
  readonly ratioQuartiles: readonly [number, number];
  /** How far the median may be off: its standard error, from the quartiles. */
  readonly ratioError: number;
  readonly ratios: readonly number[];
}

/** A round is two seconds on an idle machine. */
const jobsPerRound = 16;
const output = "width=1000,format=jpeg";

export async function benchServiceBooks(
  rounds: number,
  choice: { readonly disk: boolean },
): Promise<ServiceBooksReport> {
  const state = stateKind(choice);
  const jpeg = await stage("Making the picture", async () => sceneOf(256 * 1024));
  say(`  1600 × 1200 JPEG of ${formatBytes(jpeg.length)} → 1000 px JPEG`);
  const [booked, unbooked] = await stage("Starting the service with its books, and without", () =>
    Promise.all([
      start(benchStateDir(state), jpeg, true),
      start(benchStateDir(state), jpeg, false),
    ]),
  );
  await stage("Warming up", async () => {
    for (let job = 0; job < 3 * jobsPerRound; job++) {
      await booked.job();
      await unbooked.job();
    }
  });
  const measured: { with: number; without: number }[] = [];
  for (let number = 0; number < rounds; number++) {
    await stage(`Round ${number + 1} of ${rounds}`, async (detail) => {
      const before = { with: booked.millis(), without: unbooked.millis() };
      for (let job = 0; job < jobsPerRound; job++) {
        // By turns the first and the second of their pair, for each of the two ways.
        const order = job % 4 < 2 ? [booked, unbooked] : [unbooked, booked];
        for (const each of order) await each.job();
      }
      const spent = {
        with: (booked.millis() - before.with) / jobsPerRound,
        without: (unbooked.millis() - before.without) / jobsPerRound,
      };
      measured.push(spent);
      detail(`${round(spent.with)} with, ${round(spent.without)} ms without`);
    });
  }
  const rollUpMs = await stage("Roll-up and audit", () => booked.rollUp());
  await Promise.all([booked.stop(), unbooked.stop()]);
  const jobs = rounds * jobsPerRound;
  return { host: hostDescription({ bare: true }), state, jobs, ...reportOf(measured, rollUpMs) };
}

function reportOf(
  measured: readonly { readonly with: number; readonly without: number }[],
  rollUpMs: number,
): Omit<ServiceBooksReport, "host" | "state" | "jobs"> {
  const ratios = measured.map((each) => each.without / each.with);
  const [withMs, withoutMs] = [
    median(measured.map((each) => each.with)),
    median(measured.map((each) => each.without)),
  ];
  const quartiles = [quantile(ratios, 0.25), quantile(ratios, 0.75)] as const;
  // Of a normal distribution: 1.35 deviations between the quartiles, and the median's error 1.25 times the mean's.
  const error = ((quartiles[1] - quartiles[0]) / 1.35) * (1.25 / Math.sqrt(ratios.length));
  return {
    withMs: round(withMs),
    withoutMs: round(withoutMs),
    rollUpMs: round(rollUpMs),
    ratio: round(median(ratios), 3),
    ratioWithRollUp: round((median(ratios) * withMs) / (withMs + rollUpMs), 3),
    ratioQuartiles: [round(quartiles[0], 3), round(quartiles[1], 3)],
    ratioError: round(error, 4),
    ratios: ratios.map((ratio) => round(ratio, 3)),
  };
}

interface MeasuredService {
  /** One job: by turns of a client that waits and through the queue. */
  readonly job: () => Promise<void>;
  /** Processor time of its processes so far. */
  readonly millis: () => number;
  /** Processor time a job of a roll-up and an audit of all that were done. */
  readonly rollUp: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

async function start(
  stateDir: string,
  jpeg: Uint8Array<ArrayBuffer>,
  isBooked: boolean,
): Promise<MeasuredService> {
  const configs = isBooked ? {} : { configs: unbookedConfigs(stateDir) };
  const service = await startService({ stateDir, bare: { processes: "one" }, ...configs });
  const admin = await localOwner(stateDir, service.url);
  const limits = { requestsPerSecond: 250, burst: 1000 };
  const tenant = await admin.createTenant({ name: "Bench", limits });
  const client = new TenantClient(service.url, await admin.createKey(tenant, "bench"));
  let jobs = 0;
  return {
    async job() {
      const picture = distinctJpeg(jpeg, jobs);
      if (jobs++ % 2 === 0) {
        await client.render(picture, output.replaceAll(",", "&"), "image/jpeg");
      } else {
        const { id } = await client.submit(picture, [output]);
        await client.output(id, 0, 25);
      }
    },
    millis: () => processorMillis(service),
    async rollUp() {
      const before = processorMillis(service);
      await rollUpAndAudit(admin);
      return (processorMillis(service) - before) / jobs;
    },
    stop: () => service.stop(),
  };
}

async function rollUpAndAudit(admin: AdminClient): Promise<void> {
  await admin.rollUp();
  await admin.audit();
}

function processorMillis({ group }: LocalService): number {
  const millis = workerdMillis(group);
  if (millis === undefined) throw new Error("Processor time can be read on Linux only.");
  return millis;
}
