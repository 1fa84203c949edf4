import fc from "fast-check";
import { ulid } from "ulid";
import { describe, expect, test } from "vitest";
import { jobId, parseJobId } from "../../../core/job/job-id.ts";

const region = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const shard = fc.nat({ max: 9999 });
const at = fc.integer({ min: 1, max: 2 ** 48 - 2 });

describe("a job id", () => {
  test("says where its job lives: what goes in comes out", () => {
    fc.assert(
      fc.property(region, shard, at, (where, number, time) => {
        const text = ulid(time);
        expect(parseJobId(jobId(where, number, text))).toEqual({
          region: where,
          shard: number,
          ulid: text.toLowerCase(),
        });
      }),
    );
  });

  test("sorts by age within its ledger", () => {
    fc.assert(
      fc.property(region, shard, at, at, (where, number, one, other) => {
        fc.pre(one !== other);
        const [older, younger] = one < other ? [one, other] : [other, one];
        expect(jobId(where, number, ulid(older)) < jobId(where, number, ulid(younger))).toBe(true);
      }),
    );
  });

  const good = "job_local_0_01m7wbyda87n5fyfxf530w4grf";
  test.each([
    ["", "nothing"],
    [good.toUpperCase(), "upper case"],
    [` ${good}`, "a space before"],
    [`${good}\n`, "a line end after"],
    [good.slice(0, -1), "too short"],
    [`${good}0`, "too long"],
    [good.replace("g", "l"), "a letter that base 32 leaves out"],
    [good.replace("_0_", "_00_"), "a shard with a leading zero"],
    [good.replace("_0_", "_-1_"), "a negative shard"],
    [good.replace("_0_", "_10000_"), "a shard too many"],
    [good.replace("local", "eu-west"), "a region with a dash"],
    [good.replace("local", "../../other"), "a path for a region"],
    [good.replace("job_", "tnt_"), "another kind of id"],
  ])("%j is none: %s", (text) => expect(parseJobId(text)).toBeNull());

  test("has one spelling: whatever is read is written the same", () => {
    expect(parseJobId(good)).not.toBeNull();
    const nearly = fc.stringMatching(/^job_[a-z0-9]{1,13}_\d{1,5}_[0-7][0-9a-hjkmnp-tv-z]{24,26}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        const parsed = parseJobId(text);
        fc.pre(parsed !== null);
        expect(jobId(parsed.region, parsed.shard, parsed.ulid)).toBe(text);
      }),
    );
  });
});
