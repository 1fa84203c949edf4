import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import {
  bytes,
  frameHeader,
  jpeg,
  png,
  pngHeader,
  scanHeader,
} from "../../../core/image/made-headers.ts";
import { UploadWorld } from "./upload-world.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1), toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (millis: number) => void vi.setSystemTime(Date.now() + millis);

/** One of many pictures with the same header. */
const photo = (content = 0, length = 100) =>
  jpeg(frameHeader({ width: 30, height: 20 }), scanHeader(), new Uint8Array(length).fill(content));
const idOf = (picture: Uint8Array) => `img_${createHash("sha256").update(picture).digest("hex")}`;
const codeOf = async (response: Response) =>
  (await response.json<{ code?: string }>()).code ?? response.status;

test("an address takes one picture, and answers the same to the same bytes again", async () => {
  const world = new UploadWorld();
  const address = await world.address();
  expect(address).toMatch(/^\/t\/tnt_\w+\/uploads\?token=upl_[0-9a-f]{40}$/);
  for (let time = 0; time < 3; time++) {
    const response = await world.send(address, photo());
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      id: idOf(photo()),
      bytes: photo().length,
      width: 30,
      height: 20,
      format: "jpeg",
      frames: 1,
      url: expect.stringContaining(`/t/${world.tenant}/image/format=auto/`) as string,
    });
  }
  expect(await codeOf(await world.send(address, photo(1)))).toBe("upload-address-used");
  expect(await codeOf(await world.send(address, photo(1, 200)))).toBe("upload-address-used");
  expect(world.bucket.keys("originals/")).toHaveLength(1);
  // What has another length is not read: it is no picture. Nor is it a form.
  const strange = await world.send(address, new Uint8Array(300), {
    "Content-Type": "x-multipart/form-data",
  });
  expect(await codeOf(strange)).toBe("upload-address-used");
  // The token itself is stored nowhere.
  expect(world.bucket.keys("").join()).not.toContain(address.slice(-40));
});

test("of many pictures at once one is stored, and only who sent that one is told so", async () => {
  const world = new UploadWorld();
  const address = await world.address();
  const sent = [0, 1, 2, 3, 0, 1, 2, 3].map((content) => photo(content));
  const answers = await Promise.all(sent.map((picture) => world.send(address, picture)));
  const told = await Promise.all(
    answers.map(async (answer) => await answer.json<{ id?: string }>()),
  );
  const stored = new Set(told.flatMap(({ id }) => id ?? []));
  expect(stored.size).toBe(1);
  expect(world.bucket.keys("originals/").map((key) => `img_${key.slice(-64)}`)).toEqual([
    ...stored,
  ]);
  expect(told.filter(({ id }) => id !== undefined)).toHaveLength(2);
});

test("what is sent to addresses counts in the tenant's rate, and is refused unread beyond it", async () => {
  const world = new UploadWorld({}, { requestsPerSecond: 1, burst: 1 });
  const addresses: string[] = [];
  for (let count = 0; count < 3; count++) {
    addresses.push(await world.address());
    pass(1000);
  }
  const codes: unknown[] = [];
  for (const [index, address] of addresses.entries())
    codes.push(await codeOf(await world.send(address, photo(index))));
  expect(codes).toEqual([201, "rate-limited", "rate-limited"]);
  expect(world.bucket.keys("originals/")).toHaveLength(1);
  pass(1000);
  expect(await codeOf(await world.send(addresses[1] ?? "", photo(1)))).toBe(201);
});

test("who is cut off after the address was used sends the same bytes again", async () => {
  const world = new UploadWorld();
  const address = await world.address();
  vi.spyOn(console, "error").mockReturnValue();
  world.bucket.beforePut = async (key) => {
    if (key.startsWith("originals/")) throw new Error("cut off");
  };
  expect(await codeOf(await world.send(address, photo()))).toBe("unavailable");
  world.bucket.beforePut = async () => undefined;
  expect(await codeOf(await world.send(address, photo(1)))).toBe("upload-address-used");
  expect((await world.send(address, photo())).status).toBe(201);
});

describe("an address ends", () => {
  test("by the clock", async () => {
    const world = new UploadWorld();
    const address = await world.address({ expiresInSeconds: 60 });
    pass(59_999);
    expect((await world.send(address, photo())).status).toBe(201);
    pass(1);
    expect(await codeOf(await world.send(address, photo()))).toBe("upload-address-ended");
  });

  test("with the key that made it", async () => {
    const world = new UploadWorld();
    const address = await world.address();
    world.revokeKey();
    pass(limits.identityFreshMillis);
    expect(await codeOf(await world.send(address, photo()))).toBe("upload-address-ended");
    expect(world.bucket.keys("originals/")).toEqual([]);
  });

  test("with its tenant", async () => {
    const world = new UploadWorld();
    const address = await world.address();
    world.suspend();
    pass(limits.identityFreshMillis);
    expect(await codeOf(await world.send(address, photo()))).toBe("tenant-suspended");
  });
});

test("an address of one tenant is none of another's, and no text but a token is looked for", async () => {
  const [world, other] = [new UploadWorld(), new UploadWorld()];
  const address = await world.address();
  const [, token = ""] = address.split("?token=");
  const get = vi.spyOn(other.bucket, "get");
  for (const query of [
    `token=${token}`,
    "",
    "token=",
    `token=${token}&token=${token}`,
    "token=../x",
  ]) {
    const response = await other.send(`/t/${other.tenant}/uploads?${query}`, photo());
    expect(await codeOf(response)).toBe("upload-address-ended");
  }
  expect(get).toHaveBeenCalledTimes(1);
  const described = await world.send(`${address}&width=10`, photo());
  expect(await described.json()).toMatchObject({ code: "invalid-option", option: "width" });
});

describe("what an address takes", () => {
  test.each<[string, object, Uint8Array, string | number]>([
    ["as many bytes as it says", { bytesMax: photo().length }, photo(), 201],
    ["not one more", { bytesMax: photo().length - 1 }, photo(), "body-too-large"],
    ["a format that it names", { formats: ["png", "jpeg"] }, photo(), 201],
    [
      "no other, whatever it is called",
      { formats: ["jpeg"] },
      bytes(png(pngHeader({ width: 3, height: 4 })), 0, 0, 0, 9, "IDAT", new Uint8Array(99)),
      "unsupported-format",
    ],
    ["nothing that is no picture", {}, new Uint8Array(100), "unsupported-format"],
  ])("%s", async (_, asked, picture, answer) => {
    const world = new UploadWorld();
    const address = await world.address(asked);
    const response = await world.send(address, picture, { "Content-Type": "image/jpeg" });
    expect(await codeOf(response)).toBe(answer);
    // What was refused has not used it.
    const next = jpeg(frameHeader({ width: 3, height: 2 }), scanHeader());
    const used = answer === 201;
    expect(await codeOf(await world.send(address, next))).toBe(used ? "upload-address-used" : 201);
  });

  test("a form as much longer than its picture as a form may be, and no more", async () => {
    const form = new FormData();
    form.append("image", new File([photo()], "a.jpg"));
    const encoded = new Response(form);
    const type = encoded.headers.get("Content-Type") ?? "";
    const body = await encoded.arrayBuffer();
    const longest = photo().length + limits.formBytesMax;
    for (const [length, answer] of [
      [longest + 1, "body-too-large"],
      [longest, 201],
    ] as const) {
      const world = new UploadWorld();
      const address = await world.address({ bytesMax: photo().length });
      const headers = { "Content-Type": type, "Content-Length": String(length) };
      const response = await world.ask(address, { method: "POST", body, headers });
      expect(response.status === 201 ? 201 : await codeOf(response)).toBe(answer);
    }
  });

  test("a long picture that it refuses is read to its end, so that its client hears why", async () => {
    const chunks = [photo(), ...[1, 2, 3].map(() => new Uint8Array(limits.heldBytesMax))];
    let read = 0;
    const body = new ReadableStream({
      pull(controller) {
        const chunk = chunks[read++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const init = { method: "PUT", body, duplex: "half" };
    const world = new UploadWorld();
    const address = await world.address({ formats: ["png"] });
    const headers = { "Content-Length": String(length) };
    const response = await world.ask(address, { ...init, headers });
    expect([await codeOf(response), read]).toEqual(["unsupported-format", chunks.length + 1]);
  });

  test("nothing while its key cannot be checked, which is no fault of the address", async () => {
    const world = new UploadWorld();
    const address = await world.address({ expiresInSeconds: 3600 });
    world.isAway = true;
    pass(limits.identityStaleMillis);
    expect(await codeOf(await world.send(address, photo()))).toBe("unavailable");
    world.isAway = false;
    pass(limits.identityFreshMillis);
    expect((await world.send(address, photo())).status).toBe(201);
  });

  test("no more than the plan", async () => {
    const world = new UploadWorld({}, { sourceBytesMax: 90 });
    const address = await world.address({ bytesMax: 1000 });
    expect(await codeOf(await world.send(address, photo()))).toBe("body-too-large");
  });

  test.each([
    { expiresInSeconds: limits.uploadAddressSecondsMax + 1 },
    { bytesMax: 0 },
    { formats: [] },
    { formats: ["svg"] },
    { key: 1 },
  ])("%j is refused", async (asked) => {
    await expect(new UploadWorld().address(asked)).rejects.toThrow("bad-request");
  });
});

describe("pages", () => {
  const allowed = "https://shop.example";
  const preflight = (world: UploadWorld, path: string, origin: string) =>
    world.ask(path, {
      method: "OPTIONS",
      headers: { Origin: origin, "Access-Control-Request-Method": "PUT" },
    });

  test("of every origin, where the tenant names none", async () => {
    const world = new UploadWorld();
    const address = await world.address();
    const answer = await preflight(world, address, "https://any.example");
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Allow-Methods")).toBe("PUT, POST, OPTIONS");
    const sent = await world.send(address, photo(), { Origin: "https://any.example" });
    expect([sent.status, sent.headers.get("Access-Control-Allow-Origin")]).toEqual([201, "*"]);
    expect(sent.headers.get("Vary")).toBeNull();
  });

  test("of the origins that it names, and of no other", async () => {
    const world = new UploadWorld({ origins: [allowed] });
    const address = await world.address();
    for (const origin of [
      allowed,
      "https://evil.example",
      "http://shop.example",
      `${allowed}.evil.example`,
      "null",
    ]) {
      const own = origin === allowed ? allowed : null;
      for (const path of [address, `/t/${world.tenant}/image/width=1/img_${"0".repeat(64)}`]) {
        const asked = await preflight(world, path, origin);
        expect(asked.headers.get("Access-Control-Allow-Origin")).toBe(own);
        expect(asked.headers.get("Vary")).toBe("Origin");
      }
      const sent = await world.send(address, photo(), { Origin: origin });
      expect(sent.headers.get("Access-Control-Allow-Origin")).toBe(own);
      expect(own === null ? await codeOf(sent) : sent.status).toBe(
        own === null ? "origin-not-allowed" : 201,
      );
    }
    // No page sent it.
    expect((await world.send(address, photo())).status).toBe(201);
  });

  test("can read a tenant's own API whatever it says of pictures", async () => {
    const world = new UploadWorld({ origins: [allowed] });
    const headers = { Origin: "https://any.example" };
    const answer = await world.call("/v1/images/none", { headers });
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });
});
