/** The version of this package; the build puts it in. */
declare const POSTHORN_VERSION: string | undefined;

export const version: string = typeof POSTHORN_VERSION === 'string' ? POSTHORN_VERSION : 'in development';
