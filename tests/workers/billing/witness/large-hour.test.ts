import { expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { logHour } from "../../../../workers/billing/witness/log-hour.ts";
import { proveHeads } from "../../../../workers/billing/witness/prove.ts";
import { hour } from "../../../core/billing/usage-samples.ts";
import { expectProven, LogWorld } from "./log-world.ts";

test(
  "120 000 heads of one hour are logged in it, in pages, and each can be proved",
  { timeout: 120_000 },
  async () => {
    const count = 120_000;
    const warnings = vi.spyOn(console, "warn");
    const world = new LogWorld();
    await world.sign(count);
    world.clock += hour;
    world.bucket.largest = 0;
    expect(await logHour(world)).toBe(count);
    expect(world.waiting()).toBe(0);
    expect(world.log.hours).toMatchObject([{ hour: "2026-11-20T10", heads: count }]);
    expect(world.bucket.largest).toBeLessThan(6_000_000);
    // One for a thousand heads, and what it takes to find the hours.
    expect(world.bucket.lists).toBeLessThan(count / 1000 + 10);
    for (const each of [limits.headsPerPage, count - 1]) {
      await expectProven(world, `tnt_${String(each).padStart(6, "0")}`, "2026-11-20T10");
    }
    expect(await proveHeads(world.witnessStore, "tnt_999999", "2026-11-20T10")).toEqual([]);
    expect(warnings).not.toHaveBeenCalled();
  },
);
