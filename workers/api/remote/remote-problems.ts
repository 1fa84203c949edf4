import { limits } from "../../../core/limits.ts";
import { refusalProblem } from "../../../core/image/refusal-problem.ts";
import { problem, type Problem } from "../../../core/problem.ts";

/** What can be wrong with a source elsewhere. No text of an origin is repeated, only its status and type. */

export const notAllowed = (reason: string) =>
  problem("source-not-allowed", `The source ${reason}.`, { option: "source" });

export const sourceUnreadable = notAllowed("is not a URL that can be read");

export const redirectNotAllowed = (reason: string) =>
  problem("source-not-allowed", `The source redirects to a URL that ${reason}.`, {
    option: "source",
  });

export const originMissing = (status: number) =>
  problem("source-not-found", `The source's origin answers ${status}.`);

export const originFailed = (what: string): Problem =>
  problem("source-failed", `The source's origin ${what}.`, {
    retryAfterMillis: limits.remoteFailedSeconds * 1000,
  });

export const originUnreachable = originFailed("cannot be reached");

export const emptyAnswer = originFailed("sent an empty body");

export const originBrokeOff = originFailed("ended its answer before it was complete");

export const originLate = problem(
  "source-timeout",
  `The source's origin did not answer within ${limits.remoteAnswerMillisMax / 1000} s, or sent its picture for longer than ${limits.remoteMillisMax / 1000} s.`,
  { retryAfterMillis: limits.remoteFailedSeconds * 1000 },
);

export const remoteTooLarge = (bytesMax: number) =>
  problem(
    "image-too-large",
    `The source has more than ${bytesMax} bytes. Link to a smaller picture.`,
  );

/** `type` is media type without parameters; it may be any text. */
export const noPicture = (type: string) =>
  refusalProblem({
    reason: "unsupported_format",
    detected: /^[a-z0-9.+/-]{1,60}$/.test(type) ? type : "no picture",
  });
