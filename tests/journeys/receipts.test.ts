import { afterAll, beforeAll, expect, test } from "vitest";
import { openReceipt } from "../../core/books/receipt.ts";
import type { PublicKeys } from "../../core/books/signature.ts";
import { noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { answer, createTenant, startService, type Service } from "./service.ts";

let service: Service;
let photo: Blob;
beforeAll(async () => {
  service = await startService();
  photo = new Blob([Uint8Array.from(await noisyJpeg(160, 120))]);
});
afterAll(() => service.close());

test("a picture comes with a receipt, which the books bear out once they have the job", async () => {
  const [tenant, other] = await Promise.all([createTenant(service), createTenant(service)]);
  const picture = await tenant.fetch("/v1/jobs?width=40&format=webp", {
    method: "POST",
    headers: { Prefer: "wait=20", Accept: "image/webp" },
    body: photo,
  });
  const jws = picture.headers.get("Minilab-Receipt") ?? "";
  const keys = await answer<PublicKeys>(service.fetch("/.well-known/jwks.json"), 200);
  const opened = await openReceipt(keys, jws);
  if ("fault" in opened) throw new Error(opened.fault);
  const { receipt } = opened;
  expect(receipt).toMatchObject({ ledger: tenant.ledger, sequence: 1, segment: null, outputs: 1 });
  expect(receipt.priceNanos).toBe(14_500 + 21 * receipt.computeUnits);

  const job = await answer<Record<string, unknown>>(tenant.fetch(`/v1/jobs/${receipt.job}`), 200);
  expect(job).toMatchObject({ receipt: { jws, sequence: 1 } });
  const again = await tenant.fetch(`/v1/jobs/${receipt.job}/outputs/0`);
  expect(again.headers.get("Minilab-Receipt")).toBe(jws);
  await again.bytes();

  const verify = (by: typeof tenant, sent: string) =>
    by.fetch("/v1/receipts/verify", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ receipt: sent }),
    });
  expect(await answer(verify(tenant, jws), 200)).toMatchObject({
    valid: true,
    receipt,
    books: { state: "pending" },
  });
  await answer(service.admin("/admin/v1/roll-up", { method: "POST" }), 200);
  expect(await answer(verify(tenant, jws), 200)).toMatchObject({
    books: { state: "recorded", sequence: 1, segment: 1, witnessed: true },
  });
  expect(await answer(verify(tenant, `${jws.slice(0, -8)}AAAAAAAA`), 200)).toEqual({
    valid: false,
    fault: "bad-signature",
  });
  await expectProblem(verify(other, jws), "not-found");
});
