import { expect, test } from "vitest";
import { ApiWorld, refusal } from "../api-world.ts";

const path = "/admin/v1/operators";

function bootstrap(world: ApiWorld, token: string, body: object = { name: "Ada", role: "owner" }) {
  return world.ask("/admin/v1/first-owner", {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
}
const secret = "5f0e1d2c3b4a59687786950a1b2c3d4e5f60718293a4b5c6";

test("the deployment's secret makes the first owner, once, and can do nothing else", async () => {
  const world = new ApiWorld();
  world.env = { ADMIN_TOKEN: secret };
  const wrong = await bootstrap(world, secret.replace("5", "6"));
  expect(refusal(wrong)).toBe("401 admin-only");
  expect(refusal(await bootstrap(world, secret, {}))).toBe("400 bad-request");

  const first = await bootstrap(world, secret);
  expect(first).toMatchObject({ status: 201, body: { name: "Ada", role: "owner", email: null } });
  const listed = await world.ask(path, {
    headers: { Authorization: `Bearer ${first.body.token}` },
  });
  expect(listed).toMatchObject({ status: 200, body: { operators: [{ name: "Ada" }] } });

  expect(refusal(await bootstrap(world, secret))).toBe("409 conflict");
  const asOwner = await world.ask(path, { headers: { Authorization: `Bearer ${secret}` } });
  expect(refusal(asOwner)).toBe("401 admin-only");
});

test("an owner makes and revokes operators, whose tokens work until then", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const made = await owner.ask("POST", path, {
    ...{ name: "Sue", role: "support", email: "sue@example.com" },
  });
  expect(made).toMatchObject({ status: 201, body: { role: "support", email: "sue@example.com" } });
  const { token, id, ...rest } = made.body;
  const asSue = () => world.ask(path, { headers: { Authorization: `Bearer ${token}` } });
  const listed = await asSue();
  expect(listed.body.operators).toContainEqual({ id, ...rest });
  expect(JSON.stringify(listed.body)).not.toContain(token);

  const revoked = await owner.ask("DELETE", `${path}/${id}`);
  expect(revoked).toMatchObject({
    ...{ status: 200, body: { id, revokedAt: new Date(world.directory.now).toISOString() } },
  });
  expect(refusal(await asSue())).toBe("401 admin-only");
});

test("an address is one operator's, and there is always an owner", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const sue = { name: "Sue", role: "support", email: "sue@example.com" };
  await owner.ask("POST", path, sue);
  expect(refusal(await owner.ask("POST", path, sue))).toBe("409 conflict");
  expect(refusal(await owner.ask("POST", path, {}))).toBe("400 bad-request");
  expect(refusal(await owner.ask("DELETE", `${path}/opr_none`))).toBe("404 not-found");
  const last = await owner.ask("DELETE", `${path}/${owner.id}`);
  expect(refusal(last)).toBe("409 conflict");
  expect(last.body.detail).toContain("last owner");
});
