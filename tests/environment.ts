import fc from "fast-check";

/**
 * Runs before each test file. Without this, fast-check keeps arrays and texts near ten elements, whatever
 * length a test allows them.
 */
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true });
