import { expect } from "vitest";
import { answer, type Service, type Tenant } from "./service.ts";

/** No picture, no job, no usage of this tenant, and no complaint in the log. */
export async function expectNoTrace(service: Service, tenant: Tenant): Promise<void> {
  const { PICTURES_LOCAL } = await service.api.getEnv();
  expect((await PICTURES_LOCAL.list({ prefix: `pictures/${tenant.id}/` })).objects).toEqual([]);
  expect(await answer(tenant.fetch("/v1/jobs"), 200)).toMatchObject({ jobs: [], cursor: null });
  expect(await answer(tenant.fetch("/v1/usage"), 200)).toMatchObject({ hours: [] });
  expect(service.logs().filter(({ message }) => message.includes("request-failed"))).toEqual([]);
}
