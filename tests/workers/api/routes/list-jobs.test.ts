import { expect, test } from "vitest";
import { apiKeySecretBytes, hashApiKey, mintApiKey } from "../../../../core/identity/api-key.ts";
import { serializeStanding, standingKey } from "../../../../core/identity/standing.ts";
import { keyId, tenantId } from "../../../../core/identity/ids.ts";
import { ask } from "../ask.ts";
import { identity } from "../identity/door.ts";
import { oneRegion } from "../../../one-region.ts";

/** A tenant whose ledger holds jobs that bear its name. */
function tenantNumber(number: number) {
  const id = `01jd3n7q5w8xk2zt4m6r9vby${number}0`;
  const key = mintApiKey(new Uint8Array(apiKeySecretBytes).fill(number));
  const standing = { ...identity, tenant: tenantId(id), key: keyId(id) };
  return { key, standing, ledger: `${standing.tenant}/local/0` };
}

const tenants = [tenantNumber(1), tenantNumber(2)] as const;

const bindings = {
  FLEET: oneRegion(),
  IDENTITY: {
    get: async (entry: string) => {
      const owner = tenants.find(({ key }) => standingKey(hashApiKey(key)) === entry);
      return owner ? serializeStanding(owner.standing) : null;
    },
  },
  LEDGER: {
    getByName: (ledger: string) => ({
      list: async (cursor: string | null) => [
        { id: `of ${ledger} after ${cursor}`, outputs: [], createdAt: 0, settledAt: null },
      ],
    }),
  },
};

async function list(tenant: (typeof tenants)[number], query: string): Promise<string[]> {
  const headers = { Authorization: `Bearer ${tenant.key}` };
  const response = await ask(`/v1/jobs${query}`, { headers }, bindings);
  const { jobs } = (await response.json()) as { jobs: { id: string }[] };
  return jobs.map(({ id }) => id);
}

test("the same cursor shows each tenant its own jobs, whoever asks first", async () => {
  const cursor = `job_local_0_${"0".repeat(26)}`;
  for (const tenant of [...tenants, ...tenants]) {
    expect(await list(tenant, `?cursor=${cursor}`)).toEqual([
      `of ${tenant.ledger} after ${cursor}`,
    ]);
    expect(await list(tenant, "")).toEqual([`of ${tenant.ledger} after null`]);
  }
});
