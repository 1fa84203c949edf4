import type { Host } from "../ports.ts";
import type { Archive } from "./archive/archive.ts";
import type { Atomically } from "./atomically.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { Settling } from "./settling.ts";
import type { Upkeep } from "./upkeep.ts";

interface Parts {
  readonly jobs: JobStore;
  readonly archive: Archive;
  readonly settling: Settling;
  readonly upkeep: Upkeep;
  readonly atomically: Atomically;
}

/** How a tenant deletes a job. */
export class Removal {
  readonly #host: Pick<Host, "now">;
  readonly #parts: Parts;

  constructor(host: Pick<Host, "now">, parts: Parts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Removes its pictures and hides it; an unfinished one is cancelled first. Its usage stays. False: no such job. */
  async remove(id: string): Promise<boolean> {
    const { jobs, archive, settling, upkeep, atomically } = this.#parts;
    const record = jobs.find(id);
    if (!record) return archive.remove(id);
    const now = this.#host.now();
    atomically(() => {
      settling.cancel(record, now);
      jobs.markDeleted(id, now);
    });
    await upkeep.sweepJob(id);
    return true;
  }
}
