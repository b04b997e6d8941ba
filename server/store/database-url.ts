/** Whether a DATABASE_URL is that of a PostgreSQL server that can be parsed. */
export const isPostgres = (url: string): boolean => /^postgres(ql)?:\/\/./.test(url) && URL.canParse(url);

/** A DATABASE_URL as it may be shown. */
export const withoutPassword = (url: string): string =>
  url.replace(/:[^:@/]*@/, ':…@').replace(/([?&](?:ssl)?password=)[^&]*/g, '$1…');

/** What a DATABASE_URL names, for people: the path of a file, or an address without its password. */
export const databaseName = (url: string): string => withoutPassword(url).replace(/^file:/, '');
