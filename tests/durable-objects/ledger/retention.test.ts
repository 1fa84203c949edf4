import { beforeEach, describe, expect, test } from "vitest";
import { originalsPrefix } from "../../../core/delivery/original.ts";
import { tagsKey } from "../../../core/delivery/tags/image-tags.ts";
import { grantKey } from "../../../core/delivery/uploads/upload-grant.ts";
import { limitsOf } from "../../../core/identity/tenant-limits.ts";
import type { TenantStatus } from "../../../core/identity/tenant.ts";
import { sourceKey } from "../../../core/job/picture-key.ts";
import { limits } from "../../../core/limits.ts";
import { DAY, MINUTE } from "../../../core/magnitudes.ts";
import { LedgerWorld } from "./ledger-world.ts";

const tenant = "tnt_x";
let world: LedgerWorld;
let version: number;
beforeEach(() => {
  world = new LedgerWorld();
  version = 0;
});

const tell = (retentionDays: number, status: TenantStatus = "active") =>
  world.ledger.setTerms({
    version: ++version,
    limits: limitsOf("custom", { retentionDays }),
    status,
  });

/** A settled job whose source is stored. */
async function finished(): Promise<string> {
  const id = world.accept({
    limitsVersion: 0,
    idempotency: { key: `key ${version}`, fingerprint: "f" },
  });
  await world.pictures.put(sourceKey(tenant, id), "source");
  world.finish(id);
  return id;
}

describe("pictures and jobs", () => {
  test.each([1, 7, 30])("stay for the %i days of the plan and no longer", async (days) => {
    tell(days);
    const id = await finished();
    await world.ring(days * DAY - MINUTE);
    expect(await world.ledger.read(id)).toMatchObject({ id });
    expect(world.pictures.keys()).toEqual([sourceKey(tenant, id)]);
    await world.ring(2 * MINUTE);
    expect(await world.ledger.read(id)).toBeNull();
    expect(world.pictures.keys()).toEqual([]);
  });

  test.each(["in the ledger", "that have left it"])(
    "%s go when the plan keeps less",
    async (where) => {
      world.settledRowsMax = where === "in the ledger" ? 1000 : 0;
      world.wake();
      tell(30);
      const id = await finished();
      await world.ring(2 * DAY);
      expect(world.rows(`SELECT id FROM jobs`)).toHaveLength(where === "in the ledger" ? 1 : 0);
      expect(await world.ledger.read(id)).toMatchObject({ id });
      tell(1);
      await world.ring(MINUTE);
      expect(await world.ledger.read(id)).toBeNull();
      expect(world.pictures.keys()).toEqual([]);
    },
  );
});

describe("a deleted tenant", () => {
  test("leaves no picture, job or key, and every unit that it used", async () => {
    const done = await finished();
    const open = world.accept();
    await world.pictures.put(sourceKey(tenant, open), "source");
    await world.pictures.put(`${originalsPrefix(tenant)}7f`, "original");
    await world.pictures.put(tagsKey(tenant, "7f"), "");
    await world.pictures.put(grantKey(tenant, "upl_1"), "an upload address");
    await world.pictures.put(`${originalsPrefix("tnt_y")}7f`, "another tenant's");
    const before = world.ledger.usage(0, world.now + 1);
    tell(7, "deleted");
    await world.ring(MINUTE);
    expect(world.pictures.keys()).toEqual([`${originalsPrefix("tnt_y")}7f`]);
    for (const id of [done, open]) expect(await world.ledger.read(id)).toBeNull();
    expect(world.rows(`SELECT * FROM replays`)).toEqual([]);
    const { hours } = world.ledger.usage(0, world.now + 1);
    expect(hours[0]?.totals.computeUnits).toBe(before.hours[0]?.totals.computeUnits);
    expect(hours[0]?.totals.jobsFailed).toBe(1);
  });

  test("leaves no key of a job that has left the ledger either", async () => {
    world.settledRowsMax = 0;
    world.wake();
    await finished();
    await world.ring(limits.lateWriteMillisMax + limits.archivePauseMillis);
    expect(world.rows(`SELECT * FROM replays`)).toHaveLength(1);
    tell(7, "deleted");
    await world.ring(MINUTE);
    expect(world.rows(`SELECT * FROM replays`)).toEqual([]);
  });

  test("that has thousands of pictures loses them page by page, also after storage did not answer", async () => {
    for (let number = 0; number < 2500; number++) {
      await world.pictures.put(`${originalsPrefix(tenant)}${number}`, "");
    }
    world.pictures.before = () => {
      throw new Error("R2 is down");
    };
    tell(7, "deleted");
    await world.ring(MINUTE);
    expect(world.pictures.keys()).toHaveLength(2500);
    world.pictures.before = () => undefined;
    world.wake();
    await world.ring(MINUTE);
    expect(world.pictures.keys()).toEqual([]);
  });

  test("loses also what a consumer wrote late, and then its ledger rests", async () => {
    tell(7, "deleted");
    await world.ring(MINUTE);
    await world.pictures.put(sourceKey(tenant, world.request().id), "late");
    await world.ring(limits.lateWriteMillisMax + MINUTE);
    expect(world.pictures.keys()).toEqual([]);
    let listed = 0;
    world.pictures.before = (call) => void (call === "list" && listed++);
    await world.wake().seal();
    await world.ring(MINUTE);
    expect(listed).toBe(0);
    expect(world.events("tenant-data-removed")).toMatchObject([{ round: 1 }, { round: 2 }]);
    await world.ring(DAY);
    expect(world.events("tenant-data-removed")).toHaveLength(2);
  });
});
