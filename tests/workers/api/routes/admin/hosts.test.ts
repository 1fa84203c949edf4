import { expect, test } from "vitest";
import { ApiWorld, refusal } from "../api-world.ts";

const pathOf = (tenant: string) => `/admin/v1/tenants/${tenant}/hosts`;

test("a tenant is given hosts, by slug or whole name, and they are taken away", async () => {
  const world = new ApiWorld();
  world.env = { API_HOSTS: "minilab.test", TENANT_DOMAIN: "img.example" };
  const owner = await world.operator("owner");
  const { tenant } = await world.tenant(["jobs:read"]);
  const slug = { name: "shop", host: "shop.img.example" };
  const whole = { name: "pictures.shop.example", host: "pictures.shop.example" };
  for (const host of [slug, whole]) {
    const set = await owner.ask("PUT", `${pathOf(tenant)}/${host.name}`);
    expect(set).toMatchObject({ status: 200, body: host });
  }
  const listed = await owner.get(pathOf(tenant));
  expect(listed.body.hosts).toHaveLength(2);
  expect(listed.body.hosts).toEqual(expect.arrayContaining([slug, whole]));

  const removed = await owner.ask("DELETE", `${pathOf(tenant)}/shop`);
  expect(removed).toMatchObject({ status: 204, body: "" });
  expect((await owner.get(pathOf(tenant))).body).toEqual({ hosts: [whole] });
  expect(refusal(await owner.ask("DELETE", `${pathOf(tenant)}/shop`))).toBe("404 not-found");
});

test("a name that is no host, or another tenant's, is refused", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const [one, other] = [await world.tenant(["jobs:read"]), await world.tenant(["jobs:read"])];
  const strange = await owner.ask("PUT", `${pathOf(one.tenant)}/-shop`);
  expect(refusal(strange)).toBe("400 invalid-option host");
  await owner.ask("PUT", `${pathOf(one.tenant)}/shop`);
  const taken = await owner.ask("PUT", `${pathOf(other.tenant)}/shop`);
  expect(refusal(taken)).toBe("409 conflict");
  expect((await owner.get(pathOf(other.tenant))).body).toEqual({ hosts: [] });
});
