import { expect, test } from "vitest";
import { problemTable } from "../../../../core/problem.ts";
import { ApiWorld, refusal } from "./api-world.ts";

test("the health check tells the version and the region, and asks nobody", async () => {
  const world = new ApiWorld();
  expect(await world.ask("/healthz")).toMatchObject({
    ...{ status: 200, body: { status: "ok", version: "v1", region: "local" } },
  });
});

test("every problem's type leads to its title and status, and nothing else does", async () => {
  const world = new ApiWorld();
  for (const [code, [status, title]] of Object.entries(problemTable)) {
    const { body } = await world.ask(`/problems/${code}`);
    expect(body).toEqual({ type: `/problems/${code}`, code, status, title });
  }
  for (const none of ["nothing", "toString"]) {
    expect(refusal(await world.ask(`/problems/${none}`))).toBe("404 not-found");
  }
});

test("the address of the service is a page for browsers, and nothing for others", async () => {
  const world = new ApiWorld();
  const page = await world.ask("/", { headers: { Accept: "text/html" } });
  expect([page.status, page.headers.get("Content-Type")]).toEqual([
    ...[200, "text/html; charset=utf-8"],
  ]);
  expect(refusal(await world.ask("/"))).toBe("404 not-found");
});

test("the document is at its address", async () => {
  const { body } = await new ApiWorld().ask("/openapi.json");
  expect(body.paths["/openapi.json"].get.operationId).toBe("getOpenApi");
});
