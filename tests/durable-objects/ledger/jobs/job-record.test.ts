import { expect, test } from "vitest";
import {
  archivedOf,
  recordOf,
  settledSpec,
  type JobRecord,
} from "../../../../durable-objects/ledger/jobs/job-record.ts";
import { done } from "../ledger-world.ts";

if (done.kind !== "done") throw new Error("a job that is done");
const kept = { source: "kept/source", rendition: "kept/rendition" };
const settled: JobRecord = {
  id: "job_local_0_1",
  createdAt: 1,
  settledAt: 2,
  winner: 3,
  outcome: done,
  deleted: false,
  takenMillis: null,
  seq: 7,
  idempotency: null,
  fingerprint: null,
  spec: {
    source: { bytes: 10, width: 2, height: 1, format: "png" },
    transforms: [],
    computeUnits: 5,
    outputs: 1,
    kept,
  },
  progress: {
    status: "done",
    due: null,
    deadline: 0,
    claims: 3,
    strikes: 0,
    deferrals: 0,
    resends: 0,
    lane: "batch",
    sentAt: null,
    held: false,
  },
};

test("a settled job comes back from the archive as it left, also one from before numbers and kept pictures", () => {
  const { kept: _, ...spec } = settled.spec;
  for (const record of [settled, { ...settled, seq: null, spec }]) {
    expect(recordOf(archivedOf(record))).toStrictEqual(record);
  }
});

test("as attempts the archive has claims or strikes, whichever are more", () => {
  const attempts = (claims: number, strikes: number) =>
    archivedOf({ ...settled, progress: { ...settled.progress, claims, strikes } }).attempts;
  expect(attempts(2, 1)).toBe(2);
  expect(attempts(1, 2)).toBe(2);
});

test.each([{ settledAt: null }, { outcome: null }])(
  "a job that is not settled does not leave: %o",
  (open) => {
    expect(() => archivedOf({ ...settled, ...open })).toThrow("is not settled");
  },
);

test("a settled job's spec says where its pictures are kept, and nothing that it did not say before", () => {
  const { spec } = settled;
  expect(settledSpec({ ...spec, transforms: [{} as never, {} as never] })).toEqual(spec);
  const { outputs: _, ...asked } = spec;
  const two = { ...asked, v: 2, unitsVersion: 3, transforms: [{} as never, {} as never] };
  expect(settledSpec(two)).toEqual({ ...spec, v: 2, unitsVersion: 3, outputs: 2 });
  const { kept: __, ...plain } = spec;
  expect(settledSpec(plain)).toStrictEqual(plain);
});
