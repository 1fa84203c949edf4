import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import {
  fetchRemote,
  type RemoteAsk,
  type RemotePorts,
} from "../../../../workers/api/remote/fetch-remote.ts";

const source = "https://cdn.example.com/a/1.jpg";
const rules = {
  allowed: [{ scheme: "https:", host: "cdn.example.com", below: false, path: "" }],
  ownHosts: [],
} as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An origin that answers one request after the other. */
function originOf(...answers: (Response | (() => Response | Promise<Response>))[]) {
  const requests: { url: string; init: RequestInit }[] = [];
  const ports = {
    fetch: async (url: string, init: RequestInit) => {
      requests.push({ url, init });
      const answer = answers.shift();
      if (answer === undefined) throw new Error("One request too many.");
      return typeof answer === "function" ? answer() : answer;
    },
    setTimeout: (run: () => void, millis: number) => setTimeout(run, millis),
    clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
  } as unknown as RemotePorts;
  return { ports, requests };
}

const picture = (headers: Record<string, string> = {}, body: BodyInit = "picture") =>
  new Response(body, { headers: { "Content-Type": "image/jpeg", ...headers } });
const redirect = (location: string, status = 302) =>
  new Response("gone", { status, headers: { Location: location } });

const ask: RemoteAsk = { url: new URL(source), rules, known: null, bytesMax: 1000 };

/** What came of it, the body read to its end; then no timer is left. */
async function outcome(asked: RemoteAsk, ports: RemotePorts) {
  const code = await outcomeOf(asked, ports);
  expect(vi.getTimerCount()).toBe(0);
  return code;
}

async function outcomeOf(asked: RemoteAsk, ports: RemotePorts) {
  const answer = await fetchRemote(asked, ports);
  if (!answer.ok) return answer.error.code;
  if (answer.value.kind === "unchanged") return `unchanged for ${answer.value.freshSeconds} s`;
  return text(answer.value.body);
}

async function text(body: ReadableStream<Uint8Array>): Promise<string> {
  try {
    return await new Response(body).text();
  } catch (cause) {
    return (cause as { problem: { code: string } }).problem.code;
  }
}

describe("a source that is fetched", () => {
  test("comes with what is needed to ask for it again", async () => {
    const { ports } = originOf(
      picture({ ETag: '"v1"', "Cache-Control": "max-age=600", "Content-Length": "7" }),
    );
    const answer = await fetchRemote(ask, ports);
    if (!answer.ok || answer.value.kind !== "picture") throw new Error("It was not fetched.");
    const { body, ...rest } = answer.value;
    expect(rest).toEqual({
      kind: "picture",
      bytes: 7,
      validators: { etag: '"v1"', lastModified: null },
      from: source,
      freshSeconds: 600,
    });
    expect(await text(body)).toBe("picture");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is asked for without anything of the tenant or the caller", async () => {
    const { ports, requests } = originOf(picture());
    await outcome(ask, ports);
    const [{ url, init } = { url: "", init: {} }] = requests;
    expect(url).toBe(source);
    expect(init).toEqual({
      method: "GET",
      redirect: "manual",
      cache: "no-store",
      headers: { Accept: "image/*", "User-Agent": "minilab", Via: "1.1 minilab" },
      signal: expect.any(AbortSignal),
    });
  });

  test("may lie behind redirects on allowed hosts, up to their limit", async () => {
    const hops = Array.from({ length: limits.remoteRedirectsMax }, (_, hop) =>
      redirect(`/hop-${hop}`, [301, 302, 303, 307, 308][hop % 5]),
    );
    const { ports, requests } = originOf(...hops, picture());
    expect(await outcome(ask, ports)).toBe("picture");
    expect(requests.at(-1)?.url).toBe("https://cdn.example.com/hop-2");

    const endless = originOf(...Array.from({ length: 9 }, () => redirect("/again")));
    expect(await outcome(ask, endless.ports)).toBe("source-failed");
    expect(endless.requests).toHaveLength(limits.remoteRedirectsMax + 1);
  });

  test("is refused where a redirect leads to what is not allowed, before that is asked", async () => {
    const { ports, requests } = originOf(redirect("https://169.254.169.254/latest"));
    expect(await outcome(ask, ports)).toBe("source-not-allowed");
    expect(requests).toHaveLength(1);
  });
});

describe("a source that is known", () => {
  const known = { etag: '"v1"', lastModified: "Wed, 21 Oct 2026 07:28:00 GMT", from: source };

  test("is fetched again only where it has changed", async () => {
    const headers = { ETag: '"v1"', "Cache-Control": "max-age=60" };
    const { ports, requests } = originOf(new Response(null, { status: 304, headers }));
    expect(await outcome({ ...ask, known }, ports)).toBe("unchanged for 60 s");
    expect(requests[0]?.init.headers).toMatchObject({
      "If-None-Match": '"v1"',
      "If-Modified-Since": known.lastModified,
    });
  });

  test("is asked about at the URL that had it, and nowhere else", async () => {
    const moved = { ...known, from: "https://cdn.example.com/new.jpg" };
    const { ports, requests } = originOf(redirect("/new.jpg"), new Response(null, { status: 304 }));
    expect(await outcome({ ...ask, known: moved }, ports)).toMatch(/^unchanged/);
    const asked = requests.map(({ init }) => "If-None-Match" in (init.headers as object));
    expect(asked).toEqual([false, true]);
  });

  test("an origin that says 304 without being asked about a version has failed", async () => {
    const { ports } = originOf(new Response(null, { status: 304 }));
    expect(await outcome(ask, ports)).toBe("source-failed");
  });
});

describe("an origin's failure is told as what it was", () => {
  test.each([
    [404, "source-not-found"],
    [410, "source-not-found"],
    [401, "source-failed"],
    [403, "source-failed"],
    [429, "source-failed"],
    [500, "source-failed"],
    [503, "source-failed"],
    [504, "source-timeout"],
    [204, "source-failed"],
    [206, "source-failed"],
    [300, "source-failed"],
  ])("%i is %s", async (status, code) => {
    const body = status === 204 ? null : "a page";
    const { ports } = originOf(new Response(body, { status }));
    expect(await outcome(ask, ports)).toBe(code);
  });

  test("a connection that fails is source-failed", async () => {
    const { ports } = originOf(() => Promise.reject(new TypeError("refused")));
    expect(await outcome(ask, ports)).toBe("source-failed");
  });

  test("silence is source-timeout, and the request is given up", async () => {
    const { ports, requests } = originOf(() => new Promise(() => {}));
    const asked = outcome(ask, ports);
    await vi.advanceTimersByTimeAsync(limits.remoteAnswerMillisMax);
    expect(await asked).toBe("source-timeout");
    expect(requests[0]?.init.signal?.aborted).toBe(true);
  });

  test("a body that does not end is source-timeout", async () => {
    const endless = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
    });
    const { ports } = originOf(picture({}, endless));
    const asked = outcome(ask, ports);
    await vi.advanceTimersByTimeAsync(limits.remoteMillisMax);
    expect(await asked).toBe("source-timeout");
  });

  test("a body that ends with its signal is source-timeout, whichever is heard first", async () => {
    const { ports, requests } = originOf(() => {
      const cut = new ReadableStream({
        start(controller) {
          const end = () => controller.error(new DOMException("aborted", "AbortError"));
          requests[0]?.init.signal?.addEventListener("abort", end);
        },
      });
      return picture({}, cut);
    });
    const asked = outcome(ask, ports);
    await vi.advanceTimersByTimeAsync(limits.remoteMillisMax);
    expect(await asked).toBe("source-timeout");
  });

  test("a body that breaks off is source-failed", async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new TypeError("reset")),
    });
    const { ports } = originOf(picture({}, broken));
    expect(await outcome(ask, ports)).toBe("source-failed");
  });
});

test("a body that is not wanted any more is given up, at the origin too", async () => {
  const cancel = vi.fn<() => void>();
  const start = (controller: ReadableStreamDefaultController) =>
    controller.enqueue(new Uint8Array(1));
  const { ports } = originOf(picture({}, new ReadableStream({ start, cancel })));
  const answer = await fetchRemote(ask, ports);
  if (!answer.ok || answer.value.kind !== "picture") throw new Error("It was not fetched.");
  // Its beginning has come, and no more is asked for.
  await vi.advanceTimersByTimeAsync(0);
  await answer.value.body.cancel();
  expect(cancel).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

describe("what an origin sends is bounded", () => {
  test("by the length that it states, before any of it is read", async () => {
    let isRead = false;
    const body = new ReadableStream(
      {
        pull() {
          isRead = true;
        },
      },
      { highWaterMark: 0 },
    );
    const { ports } = originOf(picture({ "Content-Length": "1001" }, body));
    expect(await outcome(ask, ports)).toBe("image-too-large");
    expect(isRead).toBe(false);
  });

  test("by what arrives, if it states none", async () => {
    const exact = originOf(picture({}, "x".repeat(1000)));
    expect(await outcome(ask, exact.ports)).toHaveLength(1000);
    const more = originOf(picture({}, "x".repeat(1001)));
    expect(await outcome(ask, more.ports)).toBe("image-too-large");
  });

  test("by what comes out of a compression, not by what went in", async () => {
    const packed = gzipSync(new Uint8Array(1_000_000));
    const body = new Response(packed).body?.pipeThrough(new DecompressionStream("gzip"));
    const headers = { "Content-Length": "999", "Content-Encoding": "gzip" };
    const { ports } = originOf(picture(headers, body));
    expect(await outcome(ask, ports)).toBe("image-too-large");
  });

  test.each([
    ["text/html; charset=utf-8", "unsupported-format"],
    ["application/json", "unsupported-format"],
    ["multipart/x-mixed-replace", "unsupported-format"],
    ["IMAGE/PNG", "picture"],
    ["application/octet-stream", "picture"],
    ["binary/octet-stream", "picture"],
    ["", "picture"],
  ])("by its type: %s is %s", async (type, expected) => {
    const { ports } = originOf(picture({ "Content-Type": type }));
    expect(await outcome(ask, ports)).toBe(expected);
  });
});
