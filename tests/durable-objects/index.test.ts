import { expect, test, vi } from "vitest";

/** The platform's base class, of which the objects use nothing here. */
vi.mock("cloudflare:workers", () => ({ DurableObject: Object }));

test("the objects' Worker has every object that is bound, and answers no request", async () => {
  const { default: worker, ...objects } = await import("../../durable-objects/index.ts");
  expect(Object.keys(objects).toSorted()).toEqual(["Directory", "RegionFigures", "TenantLedger"]);
  const fetch: (() => Response) | undefined = worker.fetch;
  expect(fetch?.().status).toBe(404);
});
