/**
 * The whole path against the engine alone: how much of what the processor can render does a client
 * get, through the queue and over the express lane? All run in local runtimes of the same version and take turns, so
 * that other work on the machine slows all. The lane is measured twice: with a process for each kind of work, as on the
 * platform, and with one thread for everything, as the queue is.
 */
import { distinctJpeg } from "../scripts/scene/distinct-jpeg.ts";
import type { TenantClient } from "../scripts/local/service-client.ts";
import { formatBytes, say, stage } from "../scripts/terminal.ts";
import { bareJob, engineOnly, sceneOf } from "./engine-alone.ts";
import { hostDescription } from "./host.ts";
import { closedLoop, openLoop, type LoadResult } from "./load.ts";
import { clients, output, startedIn } from "./misses.ts";
import { stateKind, type StateKind } from "./state.ts";
import { median, quantile, round, spread } from "./statistics.ts";

export interface ServiceReport {
  readonly host: string;
  /** Where what is stored lies. */
  readonly state: StateKind;
  readonly engineOnlyPerSecond: number;
  readonly servicePerSecond: number;
  readonly ratio: number;
  /** The same for clients that wait with their request. */
  readonly expressPerSecond: number;
  readonly expressRatio: number;
  /** Spread of the ratio over the rounds. */
  readonly expressSpread: number;
  /** A Worker that renders, stores the rendition and answers with it, and does nothing else. */
  readonly barePerSecond: number;
  /** What of that is left with a ledger, keys and limits. */
  readonly expressOfBare: number;
  /** The lane's figures where one thread does everything. */
  readonly expressRatioOneThread: number;
  readonly expressOfBareOneThread: number;
  readonly expressSpreadOneThread: number;
  readonly expressP50Ms: number;
  readonly expressP99Ms: number;
  /** p50 of the whole path through the queue at 12 clients, saturated. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly renderMs: number;
  /** Spread of the ratio over the rounds. */
  readonly spread: number;
  /** p50 of the whole path when requests come steadily at 70 % of saturation. */
  readonly p50At70Ms: number;
  readonly p99At70Ms: number;
  readonly rounds: readonly Round[];
}

interface Round {
  readonly engineOnlyPerSecond: number;
  readonly servicePerSecond: number;
  readonly expressPerSecond: number;
  readonly barePerSecond: number;
  /** Each by the engine's turns before and after it. */
  readonly ratio: number;
  readonly expressRatio: number;
}

export async function benchService(
  rounds: number,
  choice: { readonly disk: boolean },
): Promise<ServiceReport> {
  const state = stateKind(choice);
  const jpeg = await stage("Making the picture", async () => sceneOf(256 * 1024));
  say(`  1600 × 1200 JPEG of ${formatBytes(jpeg.length)} → 1000 px JPEG`);
  const [one, apart] = await stage("Starting the service and the engine alone, twice", () =>
    Promise.all([startedIn("one", state), startedIn("apart", state)]),
  );
  const { queued, express } = requesters(one.tenant, jpeg);
  const { express: expressApart } = requesters(apart.tenant, jpeg);
  const laneOf = ({ engine }: Pick<typeof one, "engine">, send: () => Promise<void>) => ({
    alone: () => engineOnly(engine.url, jpeg, output, rendersPerTurn),
    send,
    bare: () => bareJob(engine.url, output, { body: jpeg }),
  });
  const [lane, oneThreadLane] = [laneOf(apart, expressApart), laneOf(one, express)];
  await stage("Warming up", async () => {
    await closedLoop(clients, 3000, queued);
    for (const { alone, send, bare } of [lane, oneThreadLane]) {
      await alone();
      await closedLoop(clients, 3000, send);
      await closedLoop(clients, 3000, bare);
    }
  });

  const measured: Measured[] = [];
  for (let number = 1; number <= rounds; number++) {
    await stage(`Round ${number} of ${rounds}`, async (detail) => {
      const before = await oneThreadLane.alone();
      const slow = await closedLoop(clients, turnMillis, queued);
      const together = await expressTurn(oneThreadLane);
      const fast = await expressTurn(lane);
      measured.push({
        alone: (before + 2 * together.before + together.after) / 4,
        queued: { ...slow, ratio: slow.perSecond / ((before + together.before) / 2) },
        express: fast,
        oneThread: together,
      });
      const all = { alone: fast.before, bare: fast.bare, queued: slow.perSecond };
      const lanes = { express: fast.perSecond, "on one thread": together.perSecond };
      detail(
        Object.entries({ ...all, ...lanes })
          .map(([what, perSecond]) => `${round(perSecond)} ${what}`)
          .join(", "),
      );
    });
  }
  const perSecond = median(measured.map((each) => each.queued.perSecond));
  const steady = await stage("A steady 70 % of saturation", () =>
    openLoop(perSecond * 0.7, steadyMillis, queued),
  );
  await Promise.all([one.stop(), apart.stop()]);
  return { host: hostDescription(), state, ...reportOf(measured, steady) };
}

interface Measured {
  readonly alone: number;
  /** By the engine's turns before and after each. */
  readonly queued: LoadResult & { readonly ratio: number };
  readonly express: ExpressTurn;
  readonly oneThread: ExpressTurn;
}

interface ExpressTurn extends LoadResult {
  /** Renders a second of the engine alone, before and after. */
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  readonly bare: number;
}

async function expressTurn(lane: Lane): Promise<ExpressTurn> {
  const before = await lane.alone();
  const fast = await closedLoop(clients, turnMillis, lane.send);
  const after = await lane.alone();
  const { perSecond: bare } = await closedLoop(clients, turnMillis, lane.bare);
  return { ...fast, before, after, ratio: fast.perSecond / ((before + after) / 2), bare };
}

/** A way for clients that wait, and what it is compared with. */
interface Lane {
  readonly alone: () => Promise<number>;
  readonly send: () => Promise<void>;
  readonly bare: () => Promise<void>;
}

function reportOf(
  measured: readonly Measured[],
  steady: LoadResult,
): Omit<ServiceReport, "host" | "state"> {
  const alone = median(measured.map((each) => each.alone));
  const of = (lane: "queued" | "express" | "oneThread") => {
    const loads = measured.map((each) => each[lane]);
    const latencies = loads.flatMap((load) => load.latencies);
    const ratios = loads.map(({ ratio }) => ratio);
    return {
      perSecond: round(median(loads.map((load) => load.perSecond))),
      ratio: round(median(ratios), 3),
      spread: round(spread(ratios), 3),
      p50Ms: round(quantile(latencies, 0.5), 1),
      p99Ms: round(quantile(latencies, 0.99), 1),
    };
  };
  const [queued, express, oneThread] = [of("queued"), of("express"), of("oneThread")];
  const ofBare = (lane: "express" | "oneThread") =>
    round(median(measured.map((each) => each[lane].perSecond / each[lane].bare)), 3);
  return {
    engineOnlyPerSecond: round(alone),
    servicePerSecond: queued.perSecond,
    ratio: queued.ratio,
    expressPerSecond: express.perSecond,
    expressRatio: express.ratio,
    expressSpread: express.spread,
    barePerSecond: round(median(measured.map((each) => each.express.bare))),
    expressOfBare: ofBare("express"),
    expressRatioOneThread: oneThread.ratio,
    expressOfBareOneThread: ofBare("oneThread"),
    expressSpreadOneThread: oneThread.spread,
    expressP50Ms: express.p50Ms,
    expressP99Ms: express.p99Ms,
    p50Ms: queued.p50Ms,
    p99Ms: queued.p99Ms,
    renderMs: round(1000 / alone, 1),
    spread: queued.spread,
    p50At70Ms: round(quantile(steady.latencies, 0.5), 1),
    p99At70Ms: round(quantile(steady.latencies, 0.99), 1),
    rounds: measured.map((each) => ({
      engineOnlyPerSecond: round(each.alone),
      servicePerSecond: round(each.queued.perSecond),
      expressPerSecond: round(each.express.perSecond),
      barePerSecond: round(each.express.bare),
      ratio: round(each.queued.ratio, 3),
      expressRatio: round(each.express.ratio, 3),
    })),
  };
}

const turnMillis = 5000;
const rendersPerTurn = 60;
const steadyMillis = 15_000;

/** Each carries a new picture through the whole path and receives its rendition. */
function requesters(
  client: TenantClient,
  jpeg: Uint8Array,
): Record<"queued" | "express", () => Promise<void>> {
  let number = 0;
  const picture = () => distinctJpeg(jpeg, number++);
  return {
    async queued() {
      const { id } = await client.submit(picture(), [output]);
      await client.output(id, 0, 25);
    },
    async express() {
      await client.render(picture(), output.replaceAll(",", "&"), "image/jpeg");
    },
  };
}
