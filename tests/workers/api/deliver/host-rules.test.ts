import { expect, test } from "vitest";
import { hostRules, ownHosts } from "../../../../workers/api/deliver/host-rules.ts";

const asking = (env: object) =>
  ownHosts({ env, url: new URL("https://asked.example/") } as Parameters<typeof ownHosts>[0]);

test("hosts are read in lower case, without the spaces around them", () => {
  const env = { API_HOSTS: " Api.example ,,img.example", TENANT_DOMAIN: "Pics.example" };
  expect(hostRules(env as never)).toEqual({
    apiHosts: ["api.example", "img.example"],
    domain: "pics.example",
  });
  expect(hostRules({} as never)).toEqual({ apiHosts: [], domain: null });
});

test("the service's own are the host that was asked, the API's and the domain of its tenants", () => {
  expect(asking({ API_HOSTS: "api.example", TENANT_DOMAIN: "pics.example" })).toEqual([
    "asked.example",
    "api.example",
    "pics.example",
  ]);
  expect(asking({})).toEqual(["asked.example"]);
});
