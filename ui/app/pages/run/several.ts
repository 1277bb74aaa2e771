// Runs that are looked at together.

/** most is how many runs can be told apart in a chart. */
export const most = 6;

/** toCompare is the address at which runs stand side by side. */
export const toCompare = (ids: string[]): string => `/compare?runs=${ids.slice(0, most).map(encodeURIComponent).join(",")}`;
