/**
 * Buckets in the memory of this process, which answer workerd as R2 does: get, head, list, put, delete and multipart
 * uploads. Measurements use them: miniflare's simulator of R2 keeps files, and reading and storing a picture there
 * takes half as long as rendering it, on cores that on the platform belong to other machines.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { nameField } from "./storage-elsewhere.ts";

interface Stored {
  readonly name: string;
  readonly version: string;
  readonly size: number;
  readonly etag: string;
  readonly uploaded: number;
  readonly httpFields: object;
  readonly customFields: readonly object[];
  readonly checksums: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

/** As workerd writes it. */
interface Asked {
  readonly method: string;
  readonly object?: string;
  readonly objects?: readonly string[];
  readonly range?: { readonly offset?: string; readonly length?: string; readonly suffix?: string };
  readonly onlyIf?: Conditions;
  readonly httpFields?: object;
  readonly customFields?: readonly object[];
  readonly limit?: number;
  readonly prefix?: string;
  readonly cursor?: string;
  readonly startAfter?: string;
  /** 0: HTTP's fields; 1: custom ones. */
  readonly include?: readonly number[];
  readonly uploadId?: string;
  readonly partNumber?: number;
  readonly parts?: readonly { readonly part: number; readonly etag: string }[];
}

/** Those by date are not known here. */
interface Conditions {
  readonly etagMatches?: readonly Tag[];
  readonly etagDoesNotMatch?: readonly Tag[];
}
interface Tag {
  readonly type: "strong" | "weak" | "wildcard";
  readonly value?: string;
}

/** `meta`: the JSON; `value`: the bytes that follow it. */
interface Answer {
  readonly status?: number;
  readonly error?: Failure;
  readonly meta?: object;
  readonly value?: Buffer;
}
type Failure = keyof typeof failures;

/** R2's status and error code. Source: https://developers.cloudflare.com/r2/api/error-codes/ */
const failures = {
  notFound: [404, 10007, "The specified key does not exist."],
  noUpload: [400, 10024, "The specified multipart upload does not exist."],
  invalidPart: [400, 10025, "One or more of the specified parts could not be found."],
  notKnown: [500, 10001, "These buckets do not know this method."],
  precondition: [412, 10031, "At least one of the pre-conditions you specified did not hold."],
  range: [416, 10039, "The requested range is not satisfiable"],
} as const;

const listedMax = 1000;
/** With metadata. */
const describedMax = 100;

/** Listens on loopback. `close` forgets what is stored. */
export async function openMemoryBuckets(port = 0): Promise<Server> {
  const buckets = new Map<string, Bucket>();
  const server = createServer((request, response) => {
    const name = String(request.headers[nameField.toLowerCase()]);
    const bucket = buckets.get(name) ?? new Bucket();
    buckets.set(name, bucket);
    void answer(bucket, request, response).catch((cause: unknown) => {
      console.error(cause);
      response.destroy();
    });
  });
  // workerd keeps its connections.
  server.keepAliveTimeout = 0;
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return server;
}

async function answer(bucket: Bucket, request: IncomingMessage, response: ServerResponse) {
  const body = await bodyOf(request);
  const metaBytes = Number(request.headers["cf-r2-metadata-size"] ?? 0);
  const json = request.headers["cf-r2-request"] ?? body.toString("utf8", 0, metaBytes);
  const { status, error, meta, value } = bucket.answer(
    JSON.parse(String(json)) as Asked,
    body.subarray(metaBytes),
  );
  const [failed, v4code, message] = failures[error ?? "notKnown"];
  const said = Buffer.from(meta ? JSON.stringify(meta) : "");
  response.writeHead(error ? failed : (status ?? 200), {
    "Content-Type": "application/json",
    "Content-Length": said.length + (value?.length ?? 0),
    "cf-r2-metadata-size": said.length,
    ...(error && { "cf-r2-error": JSON.stringify({ version: 1, v4code, message }) }),
  });
  response.cork();
  response.write(said);
  response.end(value);
  response.uncork();
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((whole, failed) => {
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => whole(Buffer.concat(chunks)));
    request.on("error", failed);
  });
}

class Bucket {
  readonly #objects = new Map<string, Stored>();
  readonly #uploads = new Map<
    string,
    { readonly asked: Asked; readonly parts: Map<string, Buffer> }
  >();

  answer(asked: Asked, body: Buffer): Answer {
    switch (asked.method) {
      case "head":
        return this.#get(asked, false);
      case "get":
        return this.#get(asked, true);
      case "list":
        return { meta: this.#list(asked) };
      case "put":
        return this.#put(asked, body, createHash("md5").update(body).digest("hex"));
      case "delete":
        for (const key of asked.objects ?? [asked.object ?? ""]) this.#objects.delete(key);
        return {};
      case "createMultipartUpload":
        return { meta: { uploadId: this.#begin(asked) } };
      default:
        return this.#multipart(asked, body);
    }
  }

  #get({ object = "", range, onlyIf }: Asked, withValue: boolean): Answer {
    const stored = this.#objects.get(object);
    if (!stored) return { error: "notFound" };
    const whole = { offset: 0, length: stored.size };
    if (!holds(onlyIf, stored)) return { error: "precondition", meta: described(stored, whole) };
    if (!withValue) return { meta: described(stored, whole) };
    const part = range ? partOf(range, stored.size) : whole;
    if (!part) return { error: "range" };
    const { offset, length } = part;
    return { meta: described(stored, part), value: stored.value.subarray(offset, offset + length) };
  }

  #put(asked: Asked, value: Buffer, etag: string): Answer {
    const { object: name = "", onlyIf, httpFields = {}, customFields = [] } = asked;
    if (!holds(onlyIf, this.#objects.get(name) ?? null)) return { error: "precondition" };
    const checksums: Record<string, string> = etag.includes("-") ? {} : { "0": etag };
    const [version, uploaded] = [randomUUID().replaceAll("-", ""), Date.now()];
    const about = { name, version, size: value.length, etag, uploaded };
    const stored = { ...about, httpFields, customFields, checksums, value };
    this.#objects.set(name, stored);
    return { meta: described(stored) };
  }

  #list({ prefix = "", limit = listedMax, cursor, startAfter = "", include = [] }: Asked) {
    const from = cursor === undefined ? startAfter : Buffer.from(cursor, "base64").toString();
    const after = from > startAfter ? from : startAfter;
    const most = include.length > 0 ? Math.min(limit, describedMax) : limit;
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && key > after);
    const objects = keys
      .toSorted()
      .slice(0, most)
      .flatMap((key) => this.#objects.get(key) ?? [])
      .map((stored) => ({
        ...described(stored),
        httpFields: include.includes(0) ? stored.httpFields : {},
        customFields: include.includes(1) ? stored.customFields : [],
      }));
    const truncated = keys.length > most;
    const next = Buffer.from(objects.at(-1)?.name ?? "").toString("base64");
    return { objects, truncated, delimitedPrefixes: [], ...(truncated && { cursor: next }) };
  }

  #begin(asked: Asked): string {
    const uploadId = randomUUID();
    this.#uploads.set(uploadId, { asked, parts: new Map() });
    return uploadId;
  }

  #multipart({ method, uploadId = "", partNumber = 0, parts = [] }: Asked, body: Buffer): Answer {
    const upload = this.#uploads.get(uploadId);
    if (method === "uploadPart") {
      if (!upload) return { error: "noUpload" };
      const etag = randomUUID();
      upload.parts.set(`${partNumber} ${etag}`, body);
      return { meta: { etag } };
    }
    if (method === "abortMultipartUpload") {
      this.#uploads.delete(uploadId);
      return {};
    }
    if (method !== "completeMultipartUpload") return { error: "notKnown" };
    if (!upload) return { error: "noUpload" };
    const found = parts
      .toSorted((one, other) => one.part - other.part)
      .map(({ part, etag }) => upload.parts.get(`${part} ${etag}`));
    if (!found.every((part) => part !== undefined)) return { error: "invalidPart" };
    this.#uploads.delete(uploadId);
    const hash = createHash("md5");
    for (const part of found) hash.update(createHash("md5").update(part).digest());
    return this.#put(upload.asked, Buffer.concat(found), `${hash.digest("hex")}-${found.length}`);
  }
}

/** `range`: of the bytes that follow. */
function described(stored: Stored, range?: { readonly offset: number; readonly length: number }) {
  const { value: _, ...about } = stored;
  return { ...about, range };
}

function partOf(range: NonNullable<Asked["range"]>, size: number) {
  if (range.suffix !== undefined) {
    const length = Math.min(Number(range.suffix), size);
    return length > 0 ? { offset: size - length, length } : null;
  }
  const offset = Number(range.offset ?? 0);
  const length = Math.min(Number(range.length ?? size), size - offset);
  return length > 0 ? { offset, length } : null;
}

function holds(conditions: Conditions = {}, stored: Stored | null): boolean {
  const names = (tags: readonly Tag[]) =>
    stored !== null && tags.some(({ type, value }) => type === "wildcard" || value === stored.etag);
  const { etagMatches, etagDoesNotMatch } = conditions;
  return (!etagMatches || names(etagMatches)) && !(etagDoesNotMatch && names(etagDoesNotMatch));
}
