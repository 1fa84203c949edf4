/** Where the renditions of one original lie in R2: what was made of one picture is one prefix. */
export const renditionsPrefix = (tenant: string, sourceHash: string): string =>
  `${tenantRenditionsPrefix(tenant)}${sourceHash}/`;

export const tenantRenditionsPrefix = (tenant: string): string => `renditions/${tenant}/`;

/** Of the tags of its stored pictures. */
export const tagsPrefix = (tenant: string): string => `tags/${tenant}/`;

/** Of its addresses for one upload each. */
export const uploadGrantsPrefix = (tenant: string): string => `uploads/${tenant}/`;
