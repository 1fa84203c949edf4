import { gzipSync } from "node:zlib";
import type { AuditReport } from "../../core/billing/audit-report.ts";
import { BooksStore } from "../../workers/billing/books-store.ts";
import type { AuditPart } from "../../workers/billing/audit/scheduled-audit.ts";
import type { RollUpPorts } from "../../workers/billing/ports.ts";
import {
  planRollUp,
  readNews,
  rollUpPart,
  type RollUpPart,
} from "../../workers/billing/scheduled-roll-up.ts";
import { startParts } from "../../workers/billing/start-parts.ts";
import { logHour } from "../../workers/billing/witness/log-hour.ts";
import { WitnessStore } from "../../workers/billing/witness/witness-store.ts";
import { Workflows } from "../platform/workflows.ts";
import type { Process } from "../time/process.ts";
import { hashWitness } from "./hash-witness.ts";
import { auditSome, auditWhole, planOf } from "./auditor.ts";
import { fleet, type World } from "../world/world.ts";

/** Minutes of the hour at which `workers/billing/wrangler.toml` starts a roll-up. */
const minutes = [6, 21, 36, 51];
const minuteMillis = 60_000;
const hourMillis = 60 * minuteMillis;

/** The billing Worker: its trigger, and the workflows in which it rolls up and audits. */
export class Bookkeeper {
  readonly #world: World;
  readonly #rollUps: Workflows<RollUpPart>;
  readonly #audits: Workflows<AuditPart>;

  constructor(world: World) {
    this.#world = world;
    const { wire } = world;
    const makeProcess = () => world.makeProcess("billing");
    const portsHere = () => {
      const { process } = wire.timeline;
      if (!process) throw new Error("a workflow runs on a process");
      return this.#ports(process);
    };
    this.#rollUps = new Workflows<RollUpPart>(wire, {
      makeProcess,
      run: async ({ id, params }, step) => {
        const { rest } = await rollUpPart(portsHere(), params, step);
        if (rest) await step("go on", () => startParts(this.#rollUps, `${id}-rest`, [rest]));
      },
    });
    this.#audits = new Workflows<AuditPart>(wire, {
      makeProcess,
      run: async ({ id, params: part }, step) => {
        const rest = await auditSome(world, portsHere(), { id, part }, step);
        if (rest) await step("go on", () => startParts(this.#audits, `${id}-rest`, [rest]));
      },
    });
  }

  /** Rings by the trigger's own clock, for as long as the world lasts. */
  start(): void {
    const { timeline } = this.#world;
    const hour = Math.floor(timeline.now / hourMillis) * hourMillis;
    for (const minute of minutes) {
      const first = hour + minute * minuteMillis;
      const ring = () => {
        this.#ring(timeline.now);
        timeline.after(hourMillis, null, ring);
      };
      timeline.after(
        (first > timeline.now ? first : first + hourMillis) - timeline.now,
        null,
        ring,
      );
    }
  }

  /** On demand: all that the tenant has. */
  audit(tenant: string, process: Process): Promise<AuditReport> {
    return auditWhole(this.#world, this.#ports(process), tenant);
  }

  #ring(scheduledTime: number): void {
    const { timeline, weather, random } = this.#world;
    const process = this.#world.makeProcess("billing");
    timeline.enter(process);
    if (weather.strikes("isolateDeath")) {
      timeline.after(random.exponential(200), process, () => process.die());
    }
    const work = async () => {
      const ports = this.#ports(process);
      await logHour(ports).catch(() => weather.count("hour-not-logged"));
      const news = await readNews(ports.store, ports.now());
      const run = new Date(scheduledTime).toISOString();
      await startParts(this.#rollUps, run, await planRollUp(ports, news));
      const audits = planOf(this.#world, ports, news.keys());
      await audits.then(
        (parts) => startParts(this.#audits, run, parts),
        () => weather.count("not-audited"),
      );
    };
    // A trigger that fails is not repeated; the next one finds what it left.
    work().catch(() => weather.count("trigger-failed"));
  }

  #ports(process: Process): RollUpPorts {
    const { books, directory, ledgers, timeline } = this.#world;
    return {
      fleet,
      store: new BooksStore(books),
      witnessStore: new WitnessStore(books),
      witness: hashWitness,
      now: () => process.read(timeline.now),
      listTenantIds: (page) => directory.getByName("directory").listTenantIds(page),
      seal: (ledger) => ledgers.getByName(ledger).seal(),
      putRows: async (key, text) => void (await books.put(key, gzipSync(text))),
    };
  }
}
