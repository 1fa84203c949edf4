import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

describe("the main path", () => {
  let service: Service;
  let tenant: Tenant;
  let photo: Uint8Array;

  beforeAll(async () => {
    service = await startService();
    tenant = await createTenant(service);
    photo = await sharp({
      create: {
        width: 640,
        height: 480,
        channels: 3,
        background: "#4080c0",
        noise: { type: "gaussian", mean: 128, sigma: 30 },
      },
    })
      .jpeg()
      .toBuffer();
  });
  afterAll(() => service.close());

  test("a picture sent with Prefer: wait comes back as a finished job whose rendition can be fetched", async () => {
    const job = await tenant.render("?width=320&format=webp", photo);
    expect(job).toMatchObject({
      status: "done",
      source: { bytes: photo.length, width: 640, height: 480, format: "jpeg" },
      outputs: [{ index: 0, width: 320, height: 240, format: "webp" }],
    });
    const output = await tenant.fetch(`/v1/jobs/${job.id}/outputs/0`);
    const bytes = new Uint8Array(await output.arrayBuffer());
    expect(bytes.length).toBe(job.outputs[0]?.bytes);
    expect(await sharp(bytes).metadata()).toMatchObject({
      width: 320,
      height: 240,
      format: "webp",
    });
  });

  test("without Prefer the answer is 202 with the job's address, where it is seen to finish", async () => {
    const accepted = await tenant.send("?width=100", photo);
    expect(accepted.status).toBe(202);
    const location = new URL(accepted.headers.get("Location") ?? "");
    const job = await answer<{ status: string }>(
      tenant.fetch(location.pathname, { headers: { Prefer: "wait=20" } }),
      200,
    );
    expect(job.status).toBe("done");
  });

  test("whoever accepts an image gets the picture itself", async () => {
    const response = await tenant.send("?width=64&format=png", photo, {
      Prefer: "wait=20",
      Accept: "image/*",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("image/png");
    expect(response.headers.get("Preference-Applied")).toBe("wait=20");
    const picture = await sharp(new Uint8Array(await response.arrayBuffer())).metadata();
    expect(picture).toMatchObject({ width: 64, height: 48 });
  });
});
