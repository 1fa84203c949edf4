/** Raise it with every change after which the same source and transform give other bytes. */
export const engineVersion = 4;
