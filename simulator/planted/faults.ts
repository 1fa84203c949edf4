import { laterFaults } from "./later-faults.ts";
import { scripted, type PlantedFault } from "./planted-fault.ts";

/** Those that the simulator was built to find, then those met since. Numbered in the order in which they were met. */
export const faults: readonly PlantedFault[] = [
  {
    number: 1,
    title: "a roll-up that starts with the same tenants each time",
    edits: [
      {
        file: "workers/billing/scheduled-roll-up.ts",
        find: "const waiting = new Map(news);",
        replace: "const waiting = new Map<string, string[]>();",
      },
      {
        file: "workers/billing/roll-up.ts",
        find: "if (page.cursor !== cursor) await store.saveCursor(page.cursor);",
        replace: "",
      },
    ],
    look: scripted("some-tenants", 3000, 1),
    invariants: ["each-event-in-one-statement"],
  },
  {
    number: 2,
    title: "settled jobs keep all that was asked for them",
    edits: [
      {
        file: "durable-objects/ledger/jobs/job-record.ts",
        find: "transforms: [],\n    computeUnits,\n    ...(unitsVersion !== undefined",
        replace:
          "transforms: spec.transforms,\n    computeUnits,\n    ...(unitsVersion !== undefined",
      },
    ],
    look: scripted("growth", 6000, 1),
    invariants: ["ledgers-are-bounded"],
  },
  {
    number: 3,
    title: "every consumer writes renditions under the same keys",
    edits: [
      {
        file: "core/job/picture-key.ts",
        find: "return attempt === null",
        replace: "return attempt !== undefined",
      },
      {
        file: "core/job/picture-key.ts",
        find: "return losers.flatMap(renditionsIn(tenant, job, traces));",
        replace: "return [];",
      },
      {
        file: "workers/consumer/settle.ts",
        find: 'const isGone = verdict === "discard" || verdict === "lost";',
        replace: 'const isGone = verdict === "discard";',
      },
    ],
    look: scripted("two-versions"),
    invariants: ["done-bytes-are-the-settled-ones"],
  },
  {
    number: 4,
    title: "trouble around a job counts as an attempt at it",
    edits: [
      {
        file: "core/ledger/progress.ts",
        find: "const strikes = Math.max(0, progress.strikes + (blamed ? blame : -1));",
        replace: "const strikes = progress.strikes + 1;",
      },
    ],
    look: scripted("outage"),
    invariants: ["no-failure-by-infrastructure"],
  },
  {
    number: 5,
    title: "a waiting job is sent again by time alone",
    edits: [
      {
        file: "core/ledger/progress.ts",
        find: "if (lost(sentAt)) {",
        replace: "if (now > sentAt) {",
      },
    ],
    look: scripted("backlog"),
    invariants: ["messages-are-bounded"],
  },
  {
    number: 6,
    title: "one tenant may fill the queues for everyone",
    edits: [
      {
        file: "core/ledger/pressure.ts",
        find: "const fullness = Math.max(",
        replace: "if (limits.queueBacklogMax > 0) return 0;\n  const fullness = Math.max(",
      },
    ],
    look: scripted("flood", 12_000, 2),
    invariants: ["quiet-tenants-are-served"],
  },
  {
    number: 7,
    title: "waits follow a clock that never goes back",
    edits: [
      {
        file: "core/ledger/token-bucket.ts",
        find: "at: bucket.at - now > limits.clockJitterMillis ? now : Math.max(now, bucket.at),",
        replace: "at: Math.max(now, bucket.at),",
      },
    ],
    look: scripted("clocks", 4000),
    invariants: ["under-its-rate-is-served"],
  },
  {
    number: 8,
    title: "a final statement is written again",
    edits: [
      {
        file: "workers/billing/books-store.ts",
        find: "if (await this.#json.replace(key, value, null)) return value;",
        replace: "await this.#json.put(key, value);\n    if (value !== null) return value;",
      },
      {
        file: "workers/billing/write-statements.ts",
        find: "const final = isOver ? await store.finalStatement(tenant, month) : null;",
        replace: "const final = isOver ? null : null;",
      },
      {
        file: "workers/billing/write-statements.ts",
        find: "if (final !== null) checkpoints = close(checkpoints, final);",
        replace: "",
      },
      {
        file: "durable-objects/ledger/usage/usage-store.ts",
        find: "this.#lastAt = Math.max(this.#lastAt, this.#clock());",
        replace: "this.#lastAt = this.#clock();",
      },
    ],
    look: scripted("month-end", 1600),
    invariants: ["final-statements-never-change"],
  },
  {
    number: 9,
    title: "what is written for a deleted job stays",
    edits: [
      {
        file: "durable-objects/ledger/upkeep.ts",
        find: "this.#jobs.setSweep(id, quietAt > now ? quietAt : null);",
        replace: "this.#jobs.setSweep(id, null);",
      },
      {
        file: "workers/consumer/settle.ts",
        find: 'const isGone = verdict === "discard" || verdict === "lost";',
        replace: 'const isGone = verdict === "lost";',
      },
      {
        file: "durable-objects/ledger/archive/orphans.ts",
        find: "if (!(await this.#parts.jobs.mayHave(job))) orphans.push(...some);",
        replace: 'if (job === "") orphans.push(...some);',
      },
    ],
    look: scripted("deletes"),
    invariants: ["deleted-means-gone", "nothing-without-a-job"],
  },
  {
    number: 10,
    title: "what will be refused is read and stored first",
    edits: [
      {
        file: "workers/api/admission/ledger-door.ts",
        find: "const refused = this.#call.refusals.holding(this.ledger, Date.now());",
        replace: "const refused = null as Refusal | null;",
      },
      {
        file: "workers/api/admission/ledger-door.ts",
        find: "if (!long && !refusals.areLikely(this.ledger, Date.now())) return null;",
        replace: "if (!long) return null;",
      },
    ],
    look: scripted("greedy", 4000, 2),
    invariants: ["refusals-cost-little"],
  },
  {
    number: 11,
    title: "a ledger that hangs holds up every key",
    edits: [
      {
        file: "durable-objects/directory/key-publication.ts",
        find: "limits.publishMillisMax,\n        placedLedger(this.#env, name).revokeKey(id)",
        replace: "Infinity,\n        placedLedger(this.#env, name).revokeKey(id)",
      },
      {
        file: "durable-objects/directory/each-once.ts",
        find: "Array.from({ length: limits.publishBatchMax }, lane)",
        replace: "Array.from({ length: 1 }, lane)",
      },
    ],
    look: scripted("silent-ledger"),
    invariants: ["revoked-means-refused"],
  },
  {
    number: 12,
    title: "a damaged row fails everything of its tenant",
    edits: [
      {
        file: "durable-objects/ledger/jobs/job-store.ts",
        find: "} catch (cause) {",
        replace: "} catch (cause) {\n      if (cause instanceof Error) throw cause;",
      },
    ],
    look: scripted("damage"),
    invariants: ["answers-when-all-is-well", "accepted-ends"],
  },
  {
    number: 13,
    title: "a lease is not renewed while a slow batch runs",
    edits: [
      {
        file: "workers/consumer/begin.ts",
        find: "if (attempt === null || (fresh && !alone)) return claimedAt;",
        replace: "if (attempt === null || fresh || !alone) return claimedAt;",
      },
    ],
    look: scripted("slow-renders"),
    invariants: ["renders-are-bounded"],
  },
  {
    number: 14,
    title: "a retry is compared by what was made of the first request",
    edits: [
      {
        file: "workers/api/accept-picture.ts",
        find: "idempotencyOf(key, stored.value, outputsAsked(upload.options))",
        replace: "idempotencyOf(key, stored.value, JSON.stringify(spec.transforms))",
      },
      {
        file: "workers/api/render-upload.ts",
        find: "idempotencyOf(key, digests, outputsAsked(upload.options))",
        replace: "idempotencyOf(key, digests, JSON.stringify(asked.spec.transforms))",
      },
    ],
    look: scripted("two-versions"),
    invariants: ["retry-is-safe"],
  },
  {
    number: 15,
    title: "a batch of the slowest renders exceeds the CPU limit",
    edits: [
      {
        file: "core/limits.ts",
        find: "renderMillisMax: 25 * SECOND,",
        replace: "renderMillisMax: 100 * SECOND,",
      },
    ],
    look: scripted("slow-renders"),
    invariants: ["renders-are-bounded"],
  },
  ...laterFaults,
];

export function faultNamed(number: number): PlantedFault {
  const fault = faults.find((known) => known.number === number);
  if (!fault) throw new Error(`There is no fault ${number}`);
  return fault;
}
