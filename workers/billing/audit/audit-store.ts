import type { AuditReport } from "../../../core/billing/audit-report.ts";
import type { AuditEnded, AuditSchedule } from "../../../core/billing/audit-schedule.ts";
import { limits } from "../../../core/limits.ts";
import { JsonStore, stored, type BooksBucket, type Versioned } from "../json-store.ts";

/** What a part of an audit found. Versioned, because it is stored. */
export interface EndedPart extends AuditEnded {
  readonly v: 1;
  readonly report: AuditReport;
}

/** What the auditor remembers in R2, under `audits/`. */
export class AuditStore {
  readonly #bucket: BooksBucket;
  readonly #json: JsonStore;

  constructor(bucket: BooksBucket) {
    this.#bucket = bucket;
    this.#json = new JsonStore(bucket);
  }

  schedule(): Promise<Versioned<AuditSchedule | null>> {
    return this.#json.read<AuditSchedule>(scheduleKey);
  }

  /** False: another run has planned since it was read. */
  replaceSchedule(schedule: AuditSchedule, version: string | null): Promise<boolean> {
    return this.#json.replace(scheduleKey, schedule, version);
  }

  async putEnded(id: string, part: EndedPart): Promise<void> {
    await this.#json.put(`${endedPrefix}${id}.json`, part);
  }

  /** The parts that have ended and are not forgotten, at most `limits.auditEndedMax`, by key. */
  async ended(): Promise<Map<string, EndedPart>> {
    const { keys } = await this.#json.keys(endedPrefix, null);
    const parts = new Map<string, EndedPart>();
    for (const key of keys.slice(0, limits.auditEndedMax)) {
      const { value } = await this.#json.read<EndedPart>(key);
      if (value) parts.set(key, value);
    }
    return parts;
  }

  async forgetEnded(keys: Iterable<string>): Promise<void> {
    const all = [...keys];
    if (all.length > 0) await stored(this.#bucket.delete(all));
  }

  async last(): Promise<AuditReport | null> {
    return (await this.#json.read<AuditReport>(lastKey)).value;
  }

  async publish(report: AuditReport): Promise<void> {
    await this.#json.put(lastKey, report);
  }
}

const lastKey = "audits/last.json";
const scheduleKey = "audits/schedule.json";
const endedPrefix = "audits/ended/";
