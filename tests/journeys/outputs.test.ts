import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MiB } from "../../core/magnitudes.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

let service: Service;
let tenant: Tenant;
let photo: Uint8Array;
let job: JobDocument;
let rendition: Uint8Array;

beforeAll(async () => {
  [service, photo] = await Promise.all([startService(), noisyJpeg(320, 240)]);
  tenant = await createTenant(service);
  job = await tenant.render("?width=100", photo);
  rendition = await bytesOf(output());
});
afterAll(() => service.close());

const output = (headers: Record<string, string> = {}, method = "GET") =>
  tenant.fetch(`/v1/jobs/${job.id}/outputs/0`, { method, headers });

describe("a rendition", () => {
  test("comes with its length, its type, and leave for its one reader to keep it", async () => {
    const response = await output();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-length": String(job.outputs[0]?.bytes),
      "content-type": "image/jpeg",
      "cache-control": "private, max-age=31536000, immutable",
      "accept-ranges": "bytes",
      vary: "Authorization",
      "x-content-type-options": "nosniff",
      etag: expect.stringMatching(/^"[^"]+"$/) as string,
    });
    expect(rendition.length).toBe(job.outputs[0]?.bytes);
    expect(await sharp(rendition).metadata()).toMatchObject({
      format: "jpeg",
      width: 100,
      height: 75,
    });
  });

  test("answers HEAD like GET, without the bytes", async () => {
    const [head, got] = [await output({}, "HEAD"), await output()];
    const named = (response: Response) =>
      ["Content-Length", "Content-Type", "ETag", "Cache-Control"].map((name) =>
        response.headers.get(name),
      );
    expect(head.status).toBe(200);
    expect(named(head)).toEqual(named(got));
    expect(await bytesOf(head)).toHaveLength(0);
  });

  test.each(["2", "00", "1e0", "-1", "x", "16", "99"])(
    "has no number %s beside it",
    async (index) => {
      await expectProblem(tenant.fetch(`/v1/jobs/${job.id}/outputs/${index}`), "not-found");
    },
  );
});

describe("If-None-Match", () => {
  test.each(["<tag>", "W/<tag>", '"other", <tag>', "*"])(
    "%s: the client's copy is current",
    async (written) => {
      const tag = (await output()).headers.get("ETag") ?? "";
      const response = await output({ "If-None-Match": written.replace("<tag>", tag) });
      expect(response.status).toBe(304);
      expect(response.headers.get("ETag")).toBe(tag);
      expect(await bytesOf(response)).toHaveLength(0);
    },
  );

  test.each(['"other"', "other", 'W/"', ",,,", '""', "*, *"])(
    "%s: the picture is sent",
    async (noneMatch) => {
      const response = await output({ "If-None-Match": noneMatch });
      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toEqual(rendition);
    },
  );

  test("says nothing to a request that makes a new rendition", async () => {
    const headers = { "If-None-Match": "*", Accept: "image/*", Prefer: "wait=25" };
    expect(await bytesOf(tenant.send("?width=100", photo, headers))).toEqual(rendition);
  });
});

describe("Range", () => {
  test.each([
    ["bytes=0-9", 0, 10],
    ["bytes=10-", 10, Infinity],
    ["bytes=-5", -5, Infinity],
    ["bytes=5-99999999", 5, Infinity],
    ["bytes=-99999999", 0, Infinity],
  ])("%s: a part", async (range, start, end) => {
    const expected = rendition.slice(start, end);
    const response = await output({ Range: range });
    expect(response.status).toBe(206);
    const first = start < 0 ? rendition.length + start : start;
    expect(response.headers.get("Content-Range")).toBe(
      `bytes ${first}-${first + expected.length - 1}/${rendition.length}`,
    );
    expect(response.headers.get("Content-Length")).toBe(String(expected.length));
    expect(await bytesOf(response)).toEqual(expected);
  });

  test.each(["bytes=0-1,3-4", "bytes=9-5", "lines=0-1", "bytes=-", "bytes=a-b"])(
    "%s: the whole",
    async (range) => {
      const response = await output({ Range: range });
      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toEqual(rendition);
    },
  );

  test.each(["bytes=99999999-", "bytes=-0"])("%s: nothing", async (range) => {
    const response = await output({ Range: range });
    expect(response.headers.get("Content-Range")).toBe(`bytes */${rendition.length}`);
    await expectProblem(response, "range-not-satisfiable");
  });

  test("with an If-Range that matches: the part", async () => {
    const tag = (await output()).headers.get("ETag") ?? "";
    const response = await output({ Range: "bytes=0-9", "If-Range": tag });
    expect(response.status).toBe(206);
    expect(await bytesOf(response)).toEqual(rendition.slice(0, 10));
    const beyond = await output({ Range: "bytes=99999999-", "If-Range": tag });
    await expectProblem(beyond, "range-not-satisfiable");
  });

  test.each(['"other"', "W/<tag>", "Wed, 21 Oct 2026 07:28:00 GMT", "<tag>, <tag>"])(
    "with If-Range: %s, which does not match: the whole",
    async (written) => {
      const tag = (await output()).headers.get("ETag") ?? "";
      const headers = { Range: "bytes=0-9", "If-Range": written.replaceAll("<tag>", tag) };
      expect(await bytesOf(output(headers))).toEqual(rendition);
      expect((await output({ ...headers, Range: "bytes=99999999-" })).status).toBe(200);
    },
  );
});

test("several outputs keep the order in which they were asked for", async () => {
  const options = [
    "width=50,format=webp",
    "width=20,height=20,fit=cover",
    "height=30,format=png",
    "width=50,format=webp",
    "rotate=90,width=40",
    "",
  ];
  const made = await tenant.render(`?${options.map((list) => `output=${list}`).join("&")}`, photo);
  expect(made.outputs.map(({ width, height, format }) => `${width}x${height} ${format}`)).toEqual([
    "50x38 webp",
    "20x20 jpeg",
    "40x30 png",
    "50x38 webp",
    "40x53 jpeg",
    "320x240 jpeg",
  ]);
  for (const { index, url, bytes, ...rest } of made.outputs) {
    const file = await bytesOf(tenant.fetch(new URL(url).pathname));
    expect(file.length, `output ${index}`).toBe(bytes);
    expect(await sharp(file).metadata()).toMatchObject(rest);
  }
});

describe("format=auto", () => {
  test.each([
    ["image/avif,image/webp,image/*", "avif"],
    ["image/avif;q=0.5,image/webp", "webp"],
    ["image/webp,image/*", "webp"],
    ["image/webp;q=0, image/*", "jpeg"],
    ["image/png", "jpeg"],
    ["*/*", "jpeg"],
  ])("for Accept: %s is %s", async (accept, format) => {
    const made = await tenant.render("?output=width=40&output=width=41,format=png", photo, {
      Accept: accept,
    });
    expect(made.outputs.map((each) => each.format)).toEqual([format, "png"]);
  });
});

describe("waiting", () => {
  test("GET with Prefer: wait is held until the job is settled", async () => {
    const { id } = await answer<JobDocument>(tenant.send("?width=64", photo), 202);
    expect(await tenant.job(id, { Prefer: "wait=25" })).toMatchObject({ status: "done" });
    expect(
      (await tenant.fetch(`/v1/jobs/${id}/outputs/0`, { headers: { Prefer: "wait=25" } })).status,
    ).toBe(200);
  });

  test("respond-async answers at once, whatever else is preferred", async () => {
    const response = await tenant.send("?width=64", photo, { Prefer: "respond-async, wait=25" });
    expect(response.status).toBe(202);
    expect(response.headers.has("Preference-Applied")).toBe(false);
  });

  test("a picture that cannot be rendered is a problem to who wants the picture, and a job to others", async () => {
    const damaged = photo.slice(0, 2000);
    const wanted = await tenant.send("", damaged, { Prefer: "wait=25", Accept: "image/*" });
    const { pathname } = new URL(wanted.headers.get("Location") ?? "");
    const problem = await expectProblem(wanted, "truncated-image");
    expect(await answer(tenant.fetch(pathname), 200)).toMatchObject({
      status: "failed",
      outputs: [],
      usage: null,
      error: problem,
    });
    await expectProblem(tenant.fetch(`${pathname}/outputs/0`), "truncated-image");
    const several = await tenant.render("?output=width=10&output=width=20", damaged, {
      Accept: "image/*",
    });
    expect(several).toMatchObject({ status: "failed", error: { code: "truncated-image" } });
  });
});

test("renditions of more bytes than one Worker passes to another are rendered once, for a client that waits", async () => {
  const large = await noisyJpeg(1200, 900);
  const outputs = Array.from({ length: 14 }, (_, each) => `output=width=${1200 - each},format=png`);
  const made = await tenant.render(`?${outputs.join("&")}`, large);
  const bytes = made.outputs.reduce((sum, each) => sum + each.bytes, 0);
  expect(bytes).toBeGreaterThan(32 * MiB);
  expect(made).toMatchObject({ status: "done", attempts: 1 });
});

test("DELETE takes the pictures and leaves the usage", async () => {
  const owner = await createTenant(service);
  const { id } = await owner.render("?output=width=10&output=width=20", photo);
  const usage = await answer<{ total: object }>(owner.fetch("/v1/usage"), 200);
  for (const time of ["first", "second"]) {
    const response = await owner.fetch(`/v1/jobs/${id}`, { method: "DELETE" });
    expect(response.status, time).toBe(204);
    expect(await bytesOf(response)).toHaveLength(0);
  }
  await expectProblem(owner.fetch(`/v1/jobs/${id}`), "not-found");
  for (const index of [0, 1])
    await expectProblem(owner.fetch(`/v1/jobs/${id}/outputs/${index}`), "not-found");
  expect(await answer(owner.fetch("/v1/jobs"), 200)).toMatchObject({ jobs: [] });
  const { PICTURES_LOCAL } = await service.api.getEnv();
  expect((await PICTURES_LOCAL.list({ prefix: `pictures/${owner.id}/` })).objects).toEqual([]);
  expect(usage.total).toMatchObject({ jobsDone: 1, outputs: 2 });
  expect(await answer(owner.fetch("/v1/usage"), 200)).toMatchObject({ total: usage.total });
});

async function bytesOf(pending: Response | Promise<Response>): Promise<Uint8Array> {
  return new Uint8Array(await (await pending).arrayBuffer());
}
