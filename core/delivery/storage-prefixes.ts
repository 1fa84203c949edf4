/** Where the renditions of one original lie in R2: what was made of one picture is one prefix. */
export const renditionsPrefix = (tenant: string, sourceHash: string): string =>
  `${tenantRenditionsPrefix(tenant)}${sourceHash}/`;

export const tenantRenditionsPrefix = (tenant: string): string => `renditions/${tenant}/`;

/** Where the tags of a tenant's stored pictures lie. */
export const tagsPrefix = (tenant: string): string => `tags/${tenant}/`;

/** Where a tenant's upload addresses lie. */
export const uploadGrantsPrefix = (tenant: string): string => `uploads/${tenant}/`;
