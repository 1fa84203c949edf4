/** The status that every step returns: 0, or why it refuses. */
export const OK: i32 = 0;
/** The data contradict the format. */
export const CORRUPT: i32 = -1;
/** The data end too early. */
export const TRUNCATED: i32 = -2;
/** More memory is needed than was allowed. */
export const OVER_MEMORY: i32 = -3;
