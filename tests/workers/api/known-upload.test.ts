import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sourceKey } from "../../../core/job/picture-key.ts";
import { withNewKey } from "../../../scripts/books/witness-keys.ts";
import type { ExpressAnswer } from "../../../core/job/express-calls.ts";
import { picture, WaitingService } from "./waiting-service.ts";

const key = { "Idempotency-Key": "one" };

let service: WaitingService;
beforeEach(() => {
  service = new WaitingService();
});
afterEach(() => void vi.restoreAllMocks());

describe("a picture whose client waits", () => {
  test("is known to have ended by the ledger where an older consumer does not tell: it is not stored", async () => {
    service.binding = async ({ handBack: _unknown, ...ask }, sent) => {
      const { job: _job, ...older } = (await service.render(ask, sent)) as ExpressAnswer & {
        job?: unknown;
      };
      return older;
    };
    expect((await service.send({ Accept: "application/json" })).status).toBe(200);
    expect(service.calls).toEqual(["accept", "R2 put", "settle", "wait"]);
  });

  test("is stored after all where an older consumer has put it off", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    service.binding = ({ handBack: _unknown, ...ask }, sent) => service.render(ask, sent);
    const { pictures } = service.world;
    const put = vi.spyOn(pictures, "put").mockRejectedValueOnce(new Error("R2 is down"));
    expect((await service.send({ Prefer: "wait=1" })).status).toBe(202);
    const [job] = await service.jobs();
    expect(job?.settledAt).toBeNull();
    expect(put.mock.lastCall?.[0]).toBe(sourceKey("tnt_x", job?.id ?? ""));
  });

  test("has a signed receipt with its rendition", async () => {
    service.receiptKeys = JSON.stringify({ keys: withNewKey({ keys: [] }, 0).keys });
    const response = await service.send();
    expect(response.headers.get("Content-Type")).toBe("image/webp");
    expect(response.headers.get("Minilab-Receipt")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test("is counted in the lane with its overlay", async () => {
    const form = new FormData();
    form.append("overlay", new Blob([picture]));
    form.append("image", new Blob([picture]));
    const encoded = new Response(form);
    const body = await encoded.arrayBuffer();
    const type = { "Content-Type": encoded.headers.get("Content-Type") ?? "" };
    const asked = vi.spyOn(service, "binding");
    await service.send({ ...type, "Content-Length": String(body.byteLength) }, body);
    expect(asked.mock.calls[0]?.[0].sourceBytes).toBe(2 * picture.length);
  });

  test("is hashed where a key tells it from others, and else never", async () => {
    const hashed = vi.spyOn(crypto.subtle, "digest");
    await service.send();
    service.binding = async () => ({ verdict: "busy" });
    await service.send({ Prefer: "wait=1" });
    expect(hashed.mock.calls.filter(([, bytes]) => bytes.byteLength === picture.length)).toEqual(
      [],
    );
    await service.send({ ...key, Prefer: "wait=1" });
    expect(hashed).toHaveBeenCalledWith("SHA-256", picture);
  });
});

describe("a key that comes again", () => {
  test("after its job is done: it is answered with that, and nothing is stored or rendered", async () => {
    await service.send({ ...key, Accept: "application/json" });
    service.calls.splice(0);
    const again = await service.send({ ...key, Accept: "application/json" });
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([200, "true"]);
    expect(service.calls).toEqual(["accept"]);
  });

  test("while its job is queued: it waits for that", async () => {
    await service.send({ ...key, Prefer: "respond-async" });
    const [first] = await service.jobs();
    service.calls.splice(0);
    const again = service.send({ ...key, Accept: "application/json" });
    await vi.waitFor(() => expect(service.calls).toEqual(["accept", "wait"]));
    await service.deliver(first?.id ?? "");
    const response = await again;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: first?.id, status: "done" });
  });
});
