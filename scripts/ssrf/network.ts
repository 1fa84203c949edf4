import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { allowedSource, targets } from "./targets.ts";

/** Kept, since a test may put this network in its place. */
const platformFetch = globalThis.fetch;

/**
 * A network in which the allowed origin has one picture, and every other address, name, port, scheme and
 * path is the canary: what gets past the checks is seen, wherever it would have led.
 */
export class AttackNetwork {
  /** The requests that the canary got. */
  readonly reached: string[] = [];
  readonly #canary: Server;

  private constructor(canary: Server) {
    this.#canary = canary;
  }

  static async start(): Promise<AttackNetwork> {
    const canary = createServer((request, response) => {
      network.reached.push(String(request.headers["x-asked-for"]));
      response.writeHead(200, { "Content-Type": "image/jpeg" }).end("canary");
    });
    const network = new AttackNetwork(canary);
    await new Promise<void>((listening) => canary.listen(0, "127.0.0.1", listening));
    return network;
  }

  stop(): void {
    this.#canary.close();
  }

  /** Stands in for the platform's `fetch`; follows no redirect by itself. */
  readonly fetch = async (url: string, headers: Headers): Promise<Response> => {
    const asked = new URL(url);
    if (isAllowed(asked)) return origin(asked, headers.has("If-None-Match"));
    const { port } = this.#canary.address() as AddressInfo;
    return platformFetch(`http://127.0.0.1:${port}/`, {
      headers: { "X-Asked-For": encodeURI(url), Connection: "close" },
    });
  };
}

/** By the strictest reading: a path that decodes to one outside the folder is outside. */
function isAllowed(url: URL): boolean {
  if (url.username !== "" || url.password !== "") return false;
  let whole = url.href;
  for (let round = 0; round < 4; round++) {
    const read = URL.parse(whole.replaceAll(/\.\.;[^/]*/g, ".."));
    if (!read?.href.startsWith(`${allowedSource}/`)) return false;
    try {
      whole = decodeURIComponent(whole);
    } catch {
      return false;
    }
  }
  return true;
}

/** Answers by the query: `to=n` leads to target n, `via=n` there by one redirect more, `then=n` the second time. */
function origin(url: URL, isSecondTime: boolean): Response {
  const [[how, index] = []] = url.searchParams;
  if (how === "via") return redirect(`?to=${index}`);
  if (how === "to" || (how === "then" && isSecondTime))
    return redirect(targets[Number(index)] ?? "");
  return new Response(onePixel, { headers: { "Content-Type": "image/png", ETag: '"one"' } });
}

/** A field's bytes are UTF-8, each of them a character here. */
const redirect = (location: string) =>
  new Response(null, {
    status: 302,
    headers: { Location: Buffer.from(location).toString("latin1") },
  });

const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
  "base64",
);
