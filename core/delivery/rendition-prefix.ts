/** Where the renditions of one original lie in R2: what was made of one picture is one prefix. */
export const renditionsPrefix = (tenant: string, sourceHash: string): string =>
  `${tenantRenditionsPrefix(tenant)}${sourceHash}/`;

export const tenantRenditionsPrefix = (tenant: string): string => `renditions/${tenant}/`;
