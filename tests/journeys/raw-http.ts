import { connect } from "node:net";

interface RawRequest {
  readonly method?: string;
  /** Sent as it is: no client tidies it up. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Whether the sender goes away after the body, however much of it was promised. */
  readonly cut?: boolean;
}

/**
 * One exchange over a socket of its own, for what no HTTP client would send. Text is ISO 8859-1, one byte
 * a character. Resolves with the first answer, even if the body that was promised never came.
 */
export function exchange(url: URL, request: RawRequest): Promise<Response> {
  const { method = "GET", path, headers = {}, body = "", cut = false } = request;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries({ Host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}`),
  ];
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const socket = connect(Number(url.port), url.hostname);
  let received = Buffer.alloc(0);
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
    const response = parse(received);
    if (!response) return;
    resolve(response);
    socket.destroy();
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`closed without an answer: ${received.toString()}`)));
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  socket.write(body);
  if (cut) socket.end();
  return promise;
}

/** The answer, once its head and as much body as it states are there; interim answers are passed over. */
function parse(received: Buffer): Response | null {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return null;
  const [statusLine = "", ...fields] = received.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  if (status < 200) return parse(received.subarray(headEnd + 4));
  const headers = new Headers(
    fields.map((field): [string, string] => [
      field.slice(0, field.indexOf(":")),
      field.slice(field.indexOf(":") + 1).trim(),
    ]),
  );
  const body = received.subarray(headEnd + 4);
  if (body.length < Number(headers.get("Content-Length") ?? 0)) return null;
  const bodyless = status === 204 || status === 304;
  return new Response(bodyless ? null : new Uint8Array(body), { status, headers });
}
