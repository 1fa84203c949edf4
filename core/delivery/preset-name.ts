/** What a tenant may call a preset. */
export const presetNamePattern = /^[A-Za-z0-9_-]{1,64}$/;
export const presetNameRule = "A preset's name has 1 to 64 letters, digits, - and _.";
