import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { apiKeySecretBytes, mintOperatorToken } from "../../../../core/identity/api-key.ts";
import type { Operator } from "../../../../core/identity/operator.ts";
import { plans } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import type { ApiEnv } from "../../../../workers/api/env.ts";
import { identifyOperator } from "../../../../workers/api/identity/operator.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("made-up tokens, which anybody can send, reach the Directory only so often", async () => {
  const identify = vi.fn<() => Promise<Operator | null>>(async () => null);
  const directory = { identifyOperator: identify };
  const env = { DIRECTORY: { getByName: () => directory } } as unknown as ApiEnv;
  const start = Date.UTC(2031, 0, 1);
  const ask = async (number: number, now: number) => {
    const secret = new Uint8Array(apiKeySecretBytes).fill(number % 256);
    const headers = new Headers({ Authorization: `Bearer ${mintOperatorToken(secret)}` });
    const identified = await identifyOperator(headers, env, now);
    return identified.ok ? "known" : identified.error.code;
  };
  const atOnce = plans.free.burst * limits.readsPerJob;
  for (let number = 0; number < atOnce; number++) {
    expect(await ask(number, start)).toBe("admin-only");
  }
  for (let number = 0; number < 50; number++) expect(await ask(number, start)).toBe("unavailable");
  expect(identify).toHaveBeenCalledTimes(atOnce);
  expect(await ask(0, start + 1000)).toBe("admin-only");
});

test("an operator that was known before is not held up by made-up tokens, and one that is known no more is", async () => {
  const identify = vi.fn<() => Promise<Operator | null>>(async () => null);
  const directory = { identifyOperator: identify };
  const env = { DIRECTORY: { getByName: () => directory } } as unknown as ApiEnv;
  const start = Date.UTC(2032, 0, 1);
  const ask = async (byte: number) => {
    const token = mintOperatorToken(new Uint8Array(apiKeySecretBytes).fill(byte));
    const headers = new Headers({ Authorization: `Bearer ${token}` });
    const identified = await identifyOperator(headers, env, start);
    return identified.ok ? "known" : identified.error.code;
  };
  const operator = { id: "opr_1", name: "Ada", role: "owner" } as unknown as Operator;
  identify.mockResolvedValueOnce(operator);
  expect(await ask(255)).toBe("known");
  for (let number = 0; number < 200; number++) await ask(number);
  expect(await ask(0)).toBe("unavailable");
  identify.mockResolvedValueOnce(operator);
  expect(await ask(255)).toBe("known");
  expect(await ask(255)).toBe("admin-only");
  expect(await ask(255)).toBe("unavailable");
});
