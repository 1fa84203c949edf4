import { expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import tail from "../../../workers/tail/index.ts";
import { UnreportedCounts } from "../../../workers/tail/unreported-counts.ts";
import { oneRegion } from "../../one-region.ts";

test("counts are held for ten seconds, and then told together", () => {
  const unreported = new UnreportedCounts();
  const now = 1_000_000;
  expect(unreported.add({ a: 1 }, now)).toEqual({ a: 1 });
  expect(unreported.add({ a: 1 }, now + 1)).toBeNull();
  expect(unreported.add({ a: 2, b: 1 }, now + limits.tailHeldMillis)).toEqual({ a: 3, b: 1 });
  expect(unreported.add({ a: 5 }, now - 60_000)).toEqual({ a: 5 });
});

test("an invocation is told to the region's figures, and figures that are away are no error", async () => {
  const counted = vi.fn<(counts: object) => Promise<void>>();
  counted.mockRejectedValue(new Error("away"));
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const named: string[] = [];
  const env = {
    FLEET: oneRegion("eu"),
    SERVICE: "minilab",
    FIGURES: { getByName: (name: string) => (named.push(name), { counted }) },
  };
  const items = [{ scriptName: "minilab-api", outcome: "ok", cpuTime: 3, event: null }];
  await tail.tail(items as never, env as never);
  expect(named).toEqual([expect.stringMatching(/^figures\/eu\/\d+$/)]);
  expect(counted).toHaveBeenCalledWith({ "cpuMillis:api": 3, "invocations:api:ok": 1 });
  expect(warned).toHaveBeenCalledOnce();
});
