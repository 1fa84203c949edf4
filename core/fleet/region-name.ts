/** What a region may be called: it stands in ids of jobs, in names of bindings and in addresses. */
export const regionNamePattern = /^[a-z0-9]{1,12}$/;
