import { limits } from "../../core/limits.ts";
import { problem, type Problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { readForm } from "./form.ts";
import { brokenOff, emptyBody, heldPicture, streamedPicture, type Picture } from "./picture.ts";

/** What a client sent: the picture, and the names and values that describe its outputs. */
export interface Upload {
  readonly picture: Picture;
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** The body as a picture (outputs in the query) or as an HTML form (outputs in its fields too). */
export async function readUpload(request: Request, url: URL): Promise<Result<Upload, Problem>> {
  const length = bodyLength(request);
  if (!length.ok) return length;
  const body = request.body;
  if (!body || length.value === 0) {
    return err(emptyBody);
  }
  const query = [...url.searchParams];
  const type = request.headers.get("Content-Type") ?? "";
  try {
    if (/^multipart\/form-data\b/i.test(type)) return await readForm(request, length.value, query);
    const picture =
      length.value <= limits.heldBytesMax
        ? heldPicture(new Uint8Array(await request.arrayBuffer()))
        : await streamedPicture(body, { bytes: length.value, bytesMax: length.value });
    return picture.ok ? ok({ picture: picture.value, options: query }) : picture;
  } catch {
    return err(brokenOff);
  }
}

/** Without a length nothing could be refused before it has been received. */
function bodyLength(request: Request): Result<number, Problem> {
  const text = request.headers.get("Content-Length");
  if (text === null || !/^\d+$/.test(text)) {
    return err(problem("length-required", "Send a Content-Length; chunked bodies are not read."));
  }
  const bytes = Number(text);
  if (bytes <= limits.sourceBytesMax) return ok(bytes);
  return err(
    problem(
      "body-too-large",
      `The body has ${bytes} bytes and ${limits.sourceBytesMax} are read. Send a smaller picture.`,
    ),
  );
}
