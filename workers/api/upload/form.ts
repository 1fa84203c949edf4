import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { brokenOff, UploadFault } from "../http/body-problems.ts";
import { heldPicture, streamedPicture, type Upload } from "./picture.ts";

/** An HTML form: the picture in `image`, outputs in `output` fields or in the query. */
export function readForm(
  request: Request,
  length: number,
  query: Upload["options"],
): Promise<Result<Upload, Problem>> {
  return length <= limits.heldBytesMax
    ? readSmallForm(request, query)
    : readLargeForm(request, length, query);
}

async function readSmallForm(
  request: Request,
  query: Upload["options"],
): Promise<Result<Upload, Problem>> {
  const form = await request.formData().catch(() => null);
  if (!form) return err(unreadable);
  const options = [...query];
  let image: File | null = null;
  for (const [name, value] of form) {
    if (typeof value === "string") options.push([name, value]);
    else if (name === "image" && !image) image = value;
    else return err(oneImage);
  }
  if (!image) return err(oneImage);
  const picture = heldPicture(new Uint8Array(await image.arrayBuffer()));
  return picture.ok ? ok({ picture: picture.value, options }) : picture;
}

/**
 * A form too large to hold: fields are read up to the picture, which then streams on. What follows it is
 * read only when it has been stored, too late to describe outputs; anything there is a fault of the form.
 */
async function readLargeForm(
  request: Request,
  length: number,
  query: Upload["options"],
): Promise<Result<Upload, Problem>> {
  const parser = parserFor(request);
  if (!parser || !request.body) return err(unreadable);
  // Two libraries' names for the one stream of the Web platform.
  const body = Readable.fromWeb(request.body as unknown as NodeReadableStream);
  const options = [...query];
  const image = await untilImage(parser, body, options);
  if (!image.ok) {
    body.destroy();
    return image;
  }
  const stream = Readable.toWeb(image.value) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
  const picture = await streamedPicture(stream, { bytes: null, bytesMax: length });
  return picture.ok ? ok({ picture: picture.value, options }) : picture;
}

/** Resolves with the picture's stream, all fields before it being in `options`. */
function untilImage(
  parser: BusboyInstance,
  body: Readable,
  options: Upload["options"][number][],
): Promise<Result<Readable, Problem>> {
  return new Promise((resolve) => {
    let image: Readable | null = null;
    const fail = (failure: Problem) => {
      image?.destroy(new UploadFault(failure));
      resolve(err(failure));
    };
    parser.on("field", (name: string, value: string) => {
      if (image) fail(outputsFirst);
      else options.push([name, value]);
    });
    parser.on("file", (name: string, stream: Readable) => {
      if (name !== "image" || image) {
        stream.resume();
        return fail(oneImage);
      }
      image = stream;
      resolve(ok(stream));
    });
    parser.on("finish", () => resolve(err(oneImage)));
    parser.on("error", () => fail(unreadable));
    body.on("error", () => fail(brokenOff));
    body.pipe(parser);
  });
}

function parserFor(request: Request): BusboyInstance | null {
  const contentType = request.headers.get("Content-Type") ?? "";
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: { fieldSize: limits.optionsCharsMax, fields: limits.outputsMax * 2 },
    });
  } catch {
    return null;
  }
}

const unreadable = problem(
  "bad-request",
  "The form cannot be read. Let your client set the multipart/form-data boundary.",
);
const oneImage = problem(
  "bad-request",
  "Send one file in the field `image`, and every output in a field `output`.",
);
const outputsFirst = problem(
  "bad-request",
  "In a form with a large picture, put the output fields before the image.",
);
