/** How a job was requested and done: for people who look into a bill. None of it is billed. */
export interface Work {
  /** Id of the API key that asked for it; absent where it is not known. */
  readonly key?: string;
  /** Id of the request's trace (W3C Trace Context); absent where there was none. */
  readonly trace?: string;
  readonly sourcePixels: number;
  /** Measured by the consumer's clock, whole. */
  readonly renderMillis: number;
  /** What was made, in the order in which it was asked for. */
  readonly files: readonly WorkFile[];
}

export interface WorkFile {
  readonly format: string;
  readonly bytes: number;
  readonly pixels: number;
}

/** The work that `value` holds, without anything else in it; undefined if it is not work. */
export function workFrom(value: unknown): Work | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { key, trace, sourcePixels, renderMillis, files } = value as Partial<
    Record<keyof Work, unknown>
  >;
  if (!isAmount(sourcePixels) || !isAmount(renderMillis) || !Array.isArray(files)) return undefined;
  const read = files.map(fileFrom);
  if (!read.every((file) => file !== undefined)) return undefined;
  return {
    ...(typeof key === "string" && { key }),
    ...(typeof trace === "string" && { trace }),
    sourcePixels,
    renderMillis,
    files: read,
  };
}

function fileFrom(value: unknown): WorkFile | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { format, bytes, pixels } = value as Partial<Record<keyof WorkFile, unknown>>;
  if (typeof format !== "string" || !isAmount(bytes) || !isAmount(pixels)) return undefined;
  return { format, bytes, pixels };
}

const isAmount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
