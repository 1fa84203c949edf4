import { priceLists } from "../../../core/billing/price-list.ts";
import type { MonthLog, ProvenHead, SignedHead } from "../../../core/books/transparency.ts";
import type { PublicKeys } from "../../../core/books/signature.ts";
import type { KeptBooks } from "../../../core/books/verify/verify.ts";
import { segmentKey } from "../../../core/ledger/segment.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { logHour } from "../../../workers/billing/witness/log-hour.ts";
import { proveHeads } from "../../../workers/billing/witness/prove.ts";
import { doneAt, hour, utc } from "../billing/usage-samples.ts";
import { MemoryWorld } from "../../workers/billing/memory-books.ts";

export const tenant = "tnt_a";
export const ledger = `${tenant}/local/0`;
export const month = "2026-11";
export const start = utc("2026-11-30T19:10:00.000Z");

/** Books that can be spoilt. */
export interface Spoilable extends KeptBooks {
  statement: string;
  keys: PublicKeys;
  logs: MonthLog[];
  loggedHeads: { hour: string; heads: ProvenHead[] }[];
  heads: SignedHead[];
  readonly segments: Map<number, Uint8Array>;
}

/** Three tenants work for some hours, four jobs an hour each, one of which fails; every hour is billed and logged. */
export async function worldOf(hours: number): Promise<MemoryWorld> {
  const world = new MemoryWorld([tenant, "tnt_b", "tnt_c"], start);
  for (let each = 0; each < hours; each++) await workAnHour(world);
  return world;
}

export async function workAnHour(world: MemoryWorld): Promise<void> {
  for (const each of world.tenants) {
    const own = world.ledgerOf(each);
    for (let job = 1; job <= 4; job++) {
      const event = doneAt(world.clock + job, own.events.length + 1);
      const nothing = { outputs: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
      own.settle(job < 4 ? event : { ...event, outcome: "failed", ...nothing });
    }
  }
  world.clock += hour;
  await rollUpNext(world, { preview: false });
  await logHour(world);
}

/** What the first tenant keeps of the month. */
export async function keep(world: MemoryWorld, of: string = month): Promise<Spoilable> {
  const final = world.bucket.text(`final-statements/${tenant}/${of}.json`);
  const months = (await world.witnessStore.loggedMonths()).filter((each) => each >= of);
  const logs = months.map((each) => world.bucket.json<MonthLog>(`witness/log/${each}.json`));
  const loggedHeads = await Promise.all(
    logs
      .flatMap((log) => log.hours)
      .map(async (logged) => ({
        hour: logged.hour,
        heads: await proveHeads(world.witnessStore, tenant, logged.hour),
      })),
  );
  const head = await world.witnessStore.head(ledger);
  const segments = new Map<number, Uint8Array>();
  for (let number = 1; ; number++) {
    const bytes = world.bucket.objects.get(segmentKey(ledger, number));
    if (!bytes) break;
    segments.set(number, bytes);
  }
  return {
    statement: final ?? world.bucket.text(`statements/${tenant}/${of}.json`) ?? "",
    keys: world.witness.publicKeys,
    priceLists,
    logs,
    loggedHeads,
    heads: head.value ? [head.value] : [],
    segments,
    get kept() {
      return [...segments.keys()].map((number) => ({ ledger, number }));
    },
    segment: async (of, number) => (of === ledger ? (segments.get(number) ?? null) : null),
  };
}
