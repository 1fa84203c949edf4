import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";

/** What can be wrong with any body. */

/** Without a length a body could be refused only after it was received. */
export const lengthRequired = problem(
  "length-required",
  "Send a Content-Length. Chunked bodies are not accepted.",
);

export const emptyBody = problem("empty-body", "Send the picture's bytes as the body.");

export const brokenOff = problem(
  "bad-request",
  "The body ended before it was complete. Send it again; with an Idempotency-Key that is always safe.",
);

export const uploadTimeout = problem(
  "upload-timeout",
  `The body did not arrive within ${limits.uploadMillisMax / 1000} s. Send it again, or send a smaller picture.`,
);

/** Ends a picture's stream while it is being stored: something after its header is wrong. */
export class UploadFault extends Error {
  readonly problem: Problem;

  constructor(fault: Problem) {
    super(fault.detail);
    this.problem = fault;
  }
}
