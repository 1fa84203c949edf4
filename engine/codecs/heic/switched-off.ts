import type { HeicLibrary } from "./libheif.ts";

/** What `#heic` is by default: no decoder, and nothing of one in the bundle. See `docs/heic.md`. */
export const heic: HeicLibrary | undefined = undefined;
