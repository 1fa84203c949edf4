import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { brokenOff, emptyBody, lengthRequired, uploadTimeout } from "../http/body-problems.ts";
import { readForm } from "./form.ts";
import { heldPicture, streamedPicture, type Upload } from "./picture.ts";
import { within } from "../../../core/deadline.ts";

/** The body as a picture (outputs in the query) or as an HTML form (outputs in its fields too). */
export async function readUpload(request: Request, url: URL): Promise<Result<Upload, Problem>> {
  const length = bodyLength(request);
  if (!length.ok) return length;
  const body = request.body;
  if (!body || length.value === 0) return err(emptyBody);
  const upload = readBody(request, body, length.value, [...url.searchParams]);
  const read = await within(globalThis, limits.uploadMillisMax, upload);
  return read.ok ? read.value : err(uploadTimeout);
}

/** Never rejects. */
async function readBody(
  request: Request,
  body: NonNullable<Request["body"]>,
  length: number,
  query: Upload["options"],
): Promise<Result<Upload, Problem>> {
  const type = request.headers.get("Content-Type") ?? "";
  try {
    if (/^multipart\/form-data\b/i.test(type)) return await readForm(request, length, query);
    const picture =
      length <= limits.heldBytesMax
        ? heldPicture(new Uint8Array(await request.arrayBuffer()))
        : await streamedPicture(body, { bytes: length, bytesMax: length });
    return picture.ok ? ok({ picture: picture.value, options: query }) : picture;
  } catch {
    return err(brokenOff);
  }
}

function bodyLength(request: Request): Result<number, Problem> {
  const text = request.headers.get("Content-Length");
  if (text === null || !/^\d+$/.test(text)) {
    return err(lengthRequired);
  }
  const bytes = Number(text);
  if (bytes <= limits.sourceBytesMax) return ok(bytes);
  return err(
    problem(
      "body-too-large",
      `The body has ${bytes} bytes; at most ${limits.sourceBytesMax} are allowed. Send a smaller picture.`,
    ),
  );
}
