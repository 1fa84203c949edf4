/** What a tenant may call a preset. */
export const presetNamePattern = /^[A-Za-z0-9_-]{1,64}$/;
