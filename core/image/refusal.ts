/**
 * Why a picture or a render is refused. Each is permanent: the same bytes and transform are refused
 * again. `refusal-problem.ts` maps each reason to a status and to words a person can act on.
 */
export type Refusal = Reason & {
  /** Absent: the picture that is rendered, or the render itself. */
  readonly of?: "overlay";
};

type Reason =
  /** Magic bytes of no format that is read. */
  | {
      readonly reason: "unsupported_format";
      readonly detected?: string;
      /** A sentence: how this service could come to read it. */
      readonly remedy?: string;
    }
  /** Bytes contradict their own format: bad header, failed checksum, impossible structure. `detail`: what is wrong. */
  | { readonly reason: "corrupt_image"; readonly detail: string }
  /** The data ends early. */
  | { readonly reason: "truncated_image"; readonly detail: string }
  /** Sides, pixels or frames above a limit. */
  | {
      readonly reason: "image_too_large";
      readonly detail: string;
      readonly width: number;
      readonly height: number;
    }
  /** The plan's predicted peak is over the memory budget. */
  | { readonly reason: "over_memory_plan"; readonly bytes: number; readonly bytesMax: number }
  /** The rendition asked for is above a limit. */
  | { readonly reason: "output_too_large"; readonly width: number; readonly height: number }
  /** `trim` cuts off all of this picture. */
  | { readonly reason: "trimmed_away"; readonly width: number; readonly height: number }
  /** Even the lowest quality needs more bytes than `max_bytes`. */
  | { readonly reason: "over_max_bytes"; readonly bytes: number; readonly bytesMax: number }
  /** Stopped between stages. */
  | { readonly reason: "render_timeout"; readonly millisMax: number }
  /** A codec trapped on these bytes; its instance has been replaced. */
  | { readonly reason: "render_crashed"; readonly stage: string };
