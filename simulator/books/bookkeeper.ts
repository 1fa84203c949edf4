import { gzipSync } from "node:zlib";
import type { AuditReport } from "../../core/billing/audit-report.ts";
import { BooksStore } from "../../workers/billing/books-store.ts";
import type { RollUpPorts } from "../../workers/billing/ports.ts";
import {
  planRollUp,
  rollUpPart,
  type RollUpPart,
} from "../../workers/billing/scheduled-roll-up.ts";
import { startParts } from "../../workers/billing/start-parts.ts";
import { logHour } from "../../workers/billing/witness/log-hour.ts";
import { WitnessStore } from "../../workers/billing/witness/witness-store.ts";
import { Workflows } from "../platform/workflows.ts";
import type { Process } from "../time/process.ts";
import { hashWitness } from "./hash-witness.ts";
import { auditByTheClock, auditMinute, auditWhole } from "./auditor.ts";
import { fleet, type World } from "../world/world.ts";

/** Minutes of the hour at which `workers/billing/wrangler.toml` starts a roll-up. */
const minutes = [6, 21, 36, 51];
const minuteMillis = 60_000;
const hourMillis = 60 * minuteMillis;

/** The billing Worker: its trigger, and the workflow in which it rolls up. */
export class Bookkeeper {
  readonly #world: World;
  readonly #workflows: Workflows<RollUpPart>;

  constructor(world: World) {
    this.#world = world;
    const { wire } = world;
    this.#workflows = new Workflows<RollUpPart>(wire, {
      makeProcess: () => world.makeProcess("billing"),
      run: async ({ id, params }, step) => {
        const process = wire.timeline.process;
        if (!process) throw new Error("a workflow runs on a process");
        const { rest } = await rollUpPart(this.#ports(process), params, step);
        const goOn = () => startParts(this.#workflows, `${id}-rest`, rest ? [rest] : []);
        if (rest) await step("go on", goOn);
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
      const parts = await planRollUp(ports);
      await startParts(this.#workflows, new Date(scheduledTime).toISOString(), parts);
      if (new Date(scheduledTime).getUTCMinutes() === auditMinute) {
        await auditByTheClock(this.#world, ports).catch(() => weather.count("not-audited"));
      }
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
