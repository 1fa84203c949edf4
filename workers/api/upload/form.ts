import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { concatenate } from "../../../core/image/bytes.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { brokenOff, UploadFault } from "../http/body-problems.ts";
import { drain } from "../http/drain.ts";
import {
  heldOverlay,
  heldPicture,
  overlayTooLarge,
  streamedPicture,
  type Picture,
  type Upload,
} from "./picture.ts";

/**
 * An HTML form: the picture in `image`, a second one to draw on it in `overlay`, outputs in `output` fields or in the
 * query.
 */
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
  let overlay: File | null = null;
  for (const [name, value] of form) {
    if (typeof value === "string") options.push([name, value]);
    else if (name === "image" && !image) image = value;
    else if (name === "overlay" && !overlay) overlay = value;
    else return err(oneImage);
  }
  if (options.length - query.length > limits.formFieldsMax) return err(tooManyFields);
  if (!image) return err(oneImage);
  const picture = heldPicture(new Uint8Array(await image.arrayBuffer()));
  if (!picture.ok) return picture;
  return uploadOf(picture.value, options, overlay && new Uint8Array(await overlay.arrayBuffer()));
}

function uploadOf(
  picture: Picture,
  options: Upload["options"],
  overlayBytes: Uint8Array<ArrayBuffer> | null | undefined,
): Result<Upload, Problem> {
  if (!overlayBytes) return ok({ picture, options });
  const overlay = heldOverlay(overlayBytes);
  return overlay.ok ? ok({ picture, overlay: overlay.value, options }) : overlay;
}

/**
 * A form too large to hold: fields and overlay are read up to the picture, which then streams on. What follows it
 * is read only when it has been stored, too late to describe outputs; anything there is a fault of the form.
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
  const files = await untilImage(parser, body, options);
  if (!files.ok) {
    body.destroy();
    return files;
  }
  const { image, overlay } = files.value;
  const stream = Readable.toWeb(image) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
  const picture = await streamedPicture(stream, { bytes: null, bytesMax: length });
  if (!picture.ok) return picture;
  const upload = uploadOf(picture.value, options, overlay);
  if (!upload.ok && picture.value.rest) await drain(picture.value.rest);
  return upload;
}

interface FormFiles {
  readonly image: Readable;
  readonly overlay: Uint8Array<ArrayBuffer> | undefined;
}

/** Resolves with the picture's stream and what came before it; fields are put into `options`. */
function untilImage(
  parser: BusboyInstance,
  body: Readable,
  options: Upload["options"][number][],
): Promise<Result<FormFiles, Problem>> {
  return new Promise((resolve) => {
    let image: Readable | null = null;
    let overlay: Promise<Uint8Array<ArrayBuffer> | null> | undefined;
    const fail = (failure: Problem) => {
      image?.destroy(new UploadFault(failure));
      resolve(err(failure));
    };
    let chars = 0;
    parser.on("field", (name: string, value: string) => {
      if (image) return fail(outputsFirst);
      // Longer options are refused at the end. Until then only this much of them is held.
      if (chars <= limits.optionsCharsMax) options.push([name, value]);
      chars += name.length + value.length;
    });
    parser.on("file", (name: string, stream: Readable) => {
      if (name === "overlay" && !overlay && !image) {
        overlay = readAll(stream, limits.overlayBytesMax);
        return;
      }
      if (name !== "image" || image) {
        stream.resume();
        return fail(name === "overlay" && image ? outputsFirst : oneImage);
      }
      image = stream;
      // It may fail before it is awaited.
      stream.on("error", () => undefined);
      // The overlay's part has ended, but perhaps its stream has not said so yet.
      void Promise.resolve(overlay).then((bytes) =>
        bytes === null ? fail(overlayTooLarge) : resolve(ok({ image: stream, overlay: bytes })),
      );
    });
    parser.on("fieldsLimit", () => fail(tooManyFields));
    parser.on("finish", () => resolve(err(oneImage)));
    parser.on("error", () => fail(unreadable));
    body.on("error", () => fail(brokenOff));
    body.pipe(parser);
  });
}

/** All bytes of a stream; null where it has more than `bytesMax` or fails. */
async function readAll(
  stream: Readable,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return bytes <= bytesMax ? concatenate(chunks) : null;
}

function parserFor(request: Request): BusboyInstance | null {
  const contentType = request.headers.get("Content-Type") ?? "";
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: { fieldSize: limits.optionsCharsMax, fields: limits.formFieldsMax },
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
  "Send one file in the field `image`, at most one in `overlay`, and every output in a field `output`.",
);
const tooManyFields = problem(
  "bad-request",
  `The form has more than ${limits.formFieldsMax} fields. Give each option once.`,
);
const outputsFirst = problem(
  "bad-request",
  "In a form with a large picture, put the output fields and the overlay before the image.",
);
