import { describe, expect, test } from "vitest";
import {
  attemptKeys,
  loserKeys,
  outputKey,
  outputKeyOf,
  pictureKeys,
  sourceKeyOf,
  uselessKeys,
} from "../../../core/job/picture-key.ts";
import { defaults } from "../transform/default-transform.ts";

const own = { kept: undefined };
const stored = { kept: { source: "originals/a", rendition: "renditions/b" } };

test("a job's pictures lie under its tenant and its own id", () => {
  expect(sourceKeyOf("tnt_a", "job_1", own)).toBe("pictures/tnt_a/job_1/source");
  expect(outputKeyOf("tnt_a", "job_1", own, 2, 0)).toBe("pictures/tnt_a/job_1/2/0");
});

test("a rendition from before attempts were part of the key is found where it was", () => {
  expect(outputKey("tnt_a", "job_1", null, 3)).toBe("pictures/tnt_a/job_1/3");
});

test("an original that the tenant has stored, and its rendition, are one for all jobs", () => {
  expect(sourceKeyOf("tnt_a", "job_1", stored)).toBe("originals/a");
  expect(outputKeyOf("tnt_a", "job_1", stored, 2, 0)).toBe("renditions/b");
});

const traces = { attempts: 2, outputs: 2 };
const every = [null, 1, 2].flatMap((attempt) => attemptKeys("tnt_a", "job_1", attempt, 2));

test("all that a job can have left behind: its uploads, and each output of each attempt", () => {
  expect(every).toHaveLength(6);
  const uploads = ["pictures/tnt_a/job_1/source", "pictures/tnt_a/job_1/overlay"];
  expect(pictureKeys("tnt_a", "job_1", traces)).toEqual([...uploads, ...every]);
});

test.each([null, 1, 2])("the renditions of attempt %s are spared when it has won", (winner) => {
  const spared = attemptKeys("tnt_a", "job_1", winner, 2);
  expect(loserKeys("tnt_a", "job_1", { ...traces, winner })).toEqual(
    every.filter((key) => !spared.includes(key)),
  );
});

describe("what a consumer removes", () => {
  const webp = { ...defaults, format: "webp" } as const;
  const two = [webp, { ...webp, width: 9 }];
  const overlay = { bytes: 1, width: 9, height: 9, format: "png" } as const;
  const uploaded = { tenant: "tnt_a", id: "job_1", spec: { transforms: two }, attempt: 2 };
  const renditions = ["pictures/tnt_a/job_1/2/0", "pictures/tnt_a/job_1/2/1"];
  const source = "pictures/tnt_a/job_1/source";

  test("of a job that was deleted is all that lies under its own keys", () => {
    expect(uselessKeys(uploaded, true, "discard")).toEqual([source, ...renditions]);
    const drawn = { ...uploaded, spec: { ...uploaded.spec, overlay } };
    expect(uselessKeys(drawn, false, "discard")).toEqual([
      source,
      "pictures/tnt_a/job_1/overlay",
      ...renditions,
    ]);
  });

  test("of a job that another attempt has settled is what its own attempt wrote", () => {
    expect(uselessKeys(uploaded, true, "lost")).toEqual(renditions);
  });

  test.each([
    ["discard", true, ["renditions/b"]],
    ["discard", false, []],
    ["lost", true, []],
    ["lost", false, []],
  ] as const)(
    "of a stored picture, when the verdict is %s, done %s: %j",
    (verdict, isDone, keys) => {
      const kept = { ...uploaded, spec: { ...uploaded.spec, ...stored } };
      expect(uselessKeys(kept, isDone, verdict)).toEqual(keys);
    },
  );
});
