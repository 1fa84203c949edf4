import { expect, test, vi } from "vitest";
import type { Job } from "../../../core/job/job.ts";
import { withNewKey } from "../../../scripts/books/witness-keys.ts";
import { addReceipt, signedReceipt } from "../../../workers/api/receipts.ts";
import { oneRegion } from "../../one-region.ts";

const job = {
  ...{
    id: "job_local_0_01m7wbyda87n5fyfxf530w4grf",
    status: "done",
    settledAt: Date.UTC(2026, 10, 30),
    outputs: [],
  },
  ...{ usage: null, recorded: { sequence: 1, segment: null } },
} as unknown as Job;

const misconfigured = { event: "misconfigured", cause: expect.any(String) as string };

test("with a secret that is none receipts are unsigned, which is logged once", async () => {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  const env = { FLEET: oneRegion(), RECEIPT_KEYS: "no keys" };
  for (let times = 0; times < 3; times++)
    expect(await signedReceipt(env, "tnt_x", job)).toMatchObject({ jws: null });
  expect(logged).toHaveBeenCalledExactlyOnceWith(misconfigured);
  logged.mockRestore();
});

test.each([
  ["one whose halves do not match", { d: withNewKey({ keys: [] }, 0).keys[0]?.d }],
  ["one that is too short", { d: "AAAA" }],
])(
  "with a key that cannot sign, %s, receipts are unsigned, which is logged once",
  async (_, change) => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const [key] = withNewKey({ keys: [] }, 0).keys;
    const env = {
      FLEET: oneRegion(),
      RECEIPT_KEYS: JSON.stringify({ keys: [{ ...key, ...change }] }),
    };
    for (let times = 0; times < 3; times++) {
      const signed = await signedReceipt(env, "tnt_x", job);
      expect(signed).toMatchObject({ jws: null, receipt: { job: job.id } });
    }
    const headers = new Headers();
    await addReceipt(headers, env, "tnt_x", job);
    expect(headers.has("Minilab-Receipt")).toBe(false);
    expect(logged).toHaveBeenCalledExactlyOnceWith(misconfigured);
    logged.mockRestore();
  },
);
