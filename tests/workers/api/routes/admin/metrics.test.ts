import { expect, test } from "vitest";
import { ApiWorld, refusal } from "../api-world.ts";

test("the service's metrics are text for Prometheus, and where they cannot be read the answer is 503", async () => {
  const world = new ApiWorld();
  const support = await world.operator("support");
  world.books = { metrics: async () => "minilab_up 1\n" };
  const shown = await support.get("/admin/v1/metrics");
  expect([shown.status, shown.body]).toEqual([200, "minilab_up 1\n"]);
  expect(shown.headers.get("Content-Type")).toContain("version=0.0.4");

  world.books = { metrics: () => Promise.reject(new Error("away")) };
  const away = await support.get("/admin/v1/metrics");
  expect(refusal(away)).toBe("503 unavailable");
  expect(away.body).toMatchObject({
    detail: "The metrics could not be read right now. Try again.",
  });
  expect(away.headers.get("Retry-After")).toBe("2");
});
