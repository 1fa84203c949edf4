import { limits } from "../limits.ts";
import { problem, type Problem } from "../problem.ts";
import { alwaysRead, titlesOf } from "./formats.ts";
import type { Refusal } from "./refusal.ts";

/** Why a picture or its rendition is refused, for the client. */
export function refusalProblem(refusal: Refusal): Problem {
  const told = reasonProblem(refusal);
  if (refusal.of !== "overlay") return told;
  return { ...told, detail: `The overlay cannot be drawn. ${told.detail}` };
}

const readable = titlesOf(alwaysRead, "or");

function reasonProblem(refusal: Refusal): Problem {
  switch (refusal.reason) {
    case "unsupported_format":
      return problem(
        "unsupported-format",
        refusal.detected
          ? `This is ${refusal.detected}, which is not supported.${refusal.remedy ? ` ${refusal.remedy}` : ""} Send ${readable}.`
          : `These bytes are not a picture in a supported format. Send ${readable}.`,
      );
    case "corrupt_image":
      return problem(
        "corrupt-image",
        `${clause("The picture is damaged", refusal)}. Export the picture again and resend it.`,
      );
    case "truncated_image":
      return problem(
        "truncated-image",
        `${clause("The file is cut off", refusal)}. Upload the whole file again.`,
      );
    case "image_too_large":
      return problem("image-too-large", refusal.detail);
    case "over_memory_plan":
      return problem(
        "over-memory-plan",
        `Rendering needs ${mebibytes(refusal.bytes)} MiB and ${mebibytes(refusal.bytesMax)} MiB are allowed. Send a smaller picture or ask for fewer pixels.`,
      );
    case "output_too_large":
      return problem(
        "output-too-large",
        `${refusal.width} × ${refusal.height} was asked for; a side may have ${limits.outputSideMax} pixels and the whole ${limits.outputPixelsMax / 1e6} million.`,
      );
    case "trimmed_away":
      return problem(
        "trimmed-away",
        `The picture has ${refusal.width} × ${refusal.height} pixels, all of which trim cuts off. Trim less.`,
      );
    case "over_max_bytes":
      return problem(
        "over-max-bytes",
        `At its lowest quality the rendition has ${refusal.bytes} bytes; max_bytes is ${refusal.bytesMax}. Ask for fewer pixels or more bytes.`,
      );
    case "render_timeout":
      return problem(
        "render-timeout",
        `Rendering was stopped after ${refusal.millisMax / 1000} s. Ask for fewer or smaller outputs.`,
      );
    case "render_crashed":
      return problem(
        "render-crashed",
        `The ${refusal.stage} step failed on these bytes. The picture is probably damaged; export it again.`,
      );
  }
}

/** Probes give a whole clause ("The PNG has two headers"), decoders mostly the part at fault ("CRC of IDAT"). */
const clause = (what: string, { detail }: { readonly detail: string }) =>
  detail.startsWith("The ") ? detail : `${what}: ${detail}`;

const mebibytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);
