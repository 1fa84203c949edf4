/**
 * Does the auditor keep up with a hundred thousand tenants? Runs by the clock of the real code over storage in memory,
 * on a virtual clock on which every call takes 50 ms: how long after its news a tenant is audited, how many calls that
 * takes, and what else has its turn meanwhile. Roll-ups are left out; what they write is there.
 */
import { newsKey } from "../core/ledger/news.ts";
import { hourMillis } from "../core/ledger/usage.ts";
import { limits } from "../core/limits.ts";
import { stage } from "../scripts/terminal.ts";
import { auditPart, planAudits, type AuditPart } from "../workers/billing/audit/scheduled-audit.ts";
import { readNews } from "../workers/billing/scheduled-roll-up.ts";
import { AuditedFleet, ledgerOf } from "./audited-fleet.ts";
import { BooksMaker } from "./audited-books.ts";
import { hostDescription } from "./host.ts";
import { round } from "./statistics.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface AuditBenchReport {
  readonly host: string;
  readonly tenants: number;
  /** Tenants with work in each hour; half of them had none in the hour before. */
  readonly activePerHour: number;
  readonly hours: number;
  /** Hours of work of a tenant, and of how many an audit followed within `limits.auditLateMillis`. */
  readonly news: number;
  readonly auditedInTimeShare: number;
  /** From the news to the end of the first audit that began after it. */
  readonly minutesAfterNewsP50: number;
  readonly minutesAfterNewsMax: number;
  readonly audits: number;
  /** Breaches, and ledgers that were not reached; anything but 0 is a failure. */
  readonly failures: number;
  readonly callsPerAudit: number;
  /** Most calls of one Workflow instance, which may make 10 000. */
  readonly callsOfPartMax: number;
  readonly minutesOfPartMax: number;
  /** Until the walk over all tenants has come round. */
  readonly walkDays: number;
  /** Processor time of the auditor's own code, without what stands for the service. */
  readonly cpuMillisPerAudit: number;
}

const tenants = 100_000;
const activePerHour = 5000;
const start = Date.UTC(2026, 10, 20, 11);
const minuteMillis = 60_000;
/** As in `workers/billing/wrangler.toml`. */
const minutes = [6, 21, 36, 51];
/** Each hour's news is there when its ledgers have flushed for the first time. */
const newsMinute = 5;

/** `hours` of work, then two without work. */
export async function benchAudit(hours: number): Promise<AuditBenchReport> {
  const time = new VirtualTime(start);
  const clock = new ScheduledAudits(
    time,
    new AuditedFleet(time, tenants, await BooksMaker.at(start)),
  );
  const before = process.cpuUsage();
  await stage("Auditing", (detail) =>
    time.run(async () => {
      for (let hour = 0; hour < hours + 2; hour++) {
        await clock.anHour(hour, hour < hours);
        detail(`hour ${hour + 1} of ${hours + 2}`);
      }
      await clock.ended();
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return reportOf(clock, hours, (user + system) / 1000);
}

function reportOf(
  { fleet, told, parts }: ScheduledAudits,
  hours: number,
  cpuMillis: number,
): AuditBenchReport {
  const waits = told
    .map(({ tenant, at }) => fleet.auditedAfter(tenant, at) - at)
    .toSorted((a, b) => a - b);
  const audits = fleet.audits();
  return {
    host: hostDescription(),
    tenants,
    activePerHour,
    hours,
    news: told.length,
    auditedInTimeShare: waits.filter((wait) => wait <= limits.auditLateMillis).length / told.length,
    minutesAfterNewsP50: round((waits[Math.floor(waits.length / 2)] ?? 0) / minuteMillis, 1),
    minutesAfterNewsMax: round((waits.at(-1) ?? 0) / minuteMillis, 1),
    audits,
    failures: fleet.breaches,
    callsPerAudit: round(parts.reduce((sum, { calls }) => sum + calls, 0) / audits, 1),
    callsOfPartMax: Math.max(...parts.map(({ calls }) => calls)),
    minutesOfPartMax: round(Math.max(...parts.map((each) => each.minutes)), 1),
    walkDays: round(tenants / (limits.auditWalkTenants * minutes.length * 24), 1),
    cpuMillisPerAudit: round((cpuMillis - fleet.standInMillis) / audits, 2),
  };
}

/** The billing Worker's trigger, and the Workflow instances that it starts. */
class ScheduledAudits {
  readonly fleet: AuditedFleet;
  /** Who has had news, and when. */
  readonly told: { readonly tenant: string; readonly at: number }[] = [];
  readonly parts: { readonly calls: number; readonly minutes: number }[] = [];
  readonly #time: VirtualTime;
  readonly #running = new Set<Promise<void>>();

  constructor(time: VirtualTime, fleet: AuditedFleet) {
    this.#time = time;
    this.fleet = fleet;
  }

  async anHour(hour: number, isWork: boolean): Promise<void> {
    const begin = start + hour * hourMillis;
    if (isWork) {
      const at = begin + newsMinute * minuteMillis;
      await this.#until(at);
      for (const tenant of activeIn(hour)) {
        this.fleet.bucket.objects.set(newsKey(begin, ledgerOf(tenant)), new Uint8Array(0));
        this.told.push({ tenant, at });
      }
    }
    for (const minute of minutes) {
      await this.#until(begin + minute * minuteMillis);
      await this.#run();
    }
  }

  /** Waits for all that was started. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  #until(at: number): Promise<void> {
    return this.#time.pass(Math.max(0, at - this.#time.now));
  }

  async #run(): Promise<void> {
    const { ports, bucket } = this.fleet.process();
    const news = await readNews(ports.store, this.#time.now);
    const plan = await planAudits(ports, bucket, news.keys());
    // As the roll-up does when these tenants are complete.
    for (const key of [...news.values()].flat()) this.fleet.bucket.objects.delete(key);
    for (const [index, part] of (plan?.parts ?? []).entries()) {
      const work = this.#part(`${part.run}-${index}`, part);
      this.#running.add(work);
    }
  }

  /** A part and what is left of it, each an instance of its own. */
  async #part(name: string, first: AuditPart): Promise<void> {
    let id = name;
    for (let part: AuditPart | null = first; part; id += "-rest") {
      const { ports, bucket, calls } = this.fleet.process();
      const begun = this.#time.now;
      const done = await auditPart(ports, bucket, { id, part }, (_, work) => work());
      this.fleet.breaches += done.report.breaches.length + done.report.unreachable.length;
      this.parts.push({ calls: calls(), minutes: (this.#time.now - begun) / minuteMillis });
      part = done.rest;
    }
  }
}

/** Half of those who work in an hour work in the next one too. */
function activeIn(hour: number): string[] {
  return Array.from({ length: activePerHour }, (_, index) =>
    AuditedFleet.tenant((hour * (activePerHour / 2) + index) % tenants),
  );
}
