import fc from "fast-check";
import { ulid } from "ulid";
import { describe, expect, test } from "vitest";
import { tenantId } from "../../../core/identity/ids.ts";
import { jobId } from "../../../core/job/job-id.ts";
import {
  ledgerName,
  ledgerOfJob,
  ledgersOf,
  parseLedgerName,
} from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import { parseJobMessage } from "../../../core/job/message.ts";

const local = { regions: [{ name: "local" }] };

const tenant = tenantId(ulid());

describe("a ledger", () => {
  test("is found again by its name", () => {
    const address = fc.record({
      tenant: fc.stringMatching(/^tnt_[0-9a-z]{26}$/),
      region: fc.stringMatching(/^[a-z0-9]{1,12}$/),
      shard: fc.nat({ max: 9999 }),
    });
    fc.assert(
      fc.property(address, (given) => {
        expect(parseLedgerName(ledgerName(given))).toEqual(given);
      }),
    );
  });

  test.each(["", "tnt_a", "tnt_a/local", "//0"])("%j is no ledger's name", (name) => {
    expect(() => parseLedgerName(name)).toThrow("not a ledger's name");
  });

  test("is there for each region and shard of its tenant", () => {
    const two = { regions: [{ name: "eu" }, { name: "us" }] };
    expect(ledgersOf("tnt_a", two, 2)).toEqual([
      "tnt_a/eu/0",
      "tnt_a/eu/1",
      "tnt_a/us/0",
      "tnt_a/us/1",
    ]);
  });

  test("of a job is the one that accepted it, and its messages can be read", () => {
    const address = { tenant, region: "local", shard: 3 };
    const id = jobId(address.region, address.shard, ulid());
    expect(ledgerOfJob(tenant, local, id)).toEqual({ ok: true, value: address });
    const message = { version: 1, ledger: ledgerName(address), job: id };
    expect(parseJobMessage(message)).toEqual(message);
  });

  test("is found in each region of several", () => {
    const regions = [{ name: "eu" }, { name: "us" }];
    expect(ledgerOfJob(tenant, { regions }, jobId("us", 12, ulid()))).toEqual({
      ok: true,
      value: { tenant, region: "us", shard: 12 },
    });
    const message = { version: 1, ledger: `${tenant}/us/12`, job: "job_us_12_x" };
    expect(parseJobMessage(message)).toEqual(message);
  });

  test("of somebody else's job is the asker's own, which does not have it", () => {
    const id = jobId("local", 0, ulid());
    expect(ledgerOfJob("tnt_asker", local, id)).toMatchObject({ value: { tenant: "tnt_asker" } });
  });

  test.each([
    ["another region", jobId("elsewhere", 0, ulid())],
    ["a shard that is not there", jobId("local", 9999, ulid())],
    ["the first shard that cannot be there", jobId("local", limits.shardsMax, ulid())],
    ["no id at all", "job_local"],
    ["a path", "../tnt_other/local/0"],
  ])("of a job is unknown for %s", (_, id) => {
    expect(ledgerOfJob(tenant, local, id)).toEqual({ ok: false, error: "unknown" });
  });
});
