/** What a session did, counted for imap_logout_format. */
export interface Counters {
  deleted: number;
  expunged: number;
  trashed: number;
  autoexpunged: number;
  appended: number;
  headerCount: number;
  headerBytes: number;
  bodyCount: number;
  bodyBytes: number;
}

export function newCounters(): Counters {
  return {
    deleted: 0,
    expunged: 0,
    trashed: 0,
    autoexpunged: 0,
    appended: 0,
    headerCount: 0,
    headerBytes: 0,
    bodyCount: 0,
    bodyBytes: 0,
  };
}

/** `%i`, `%o` and `%{name}`; `%%` is a percent sign, an unknown one stays empty. */
export function expandLogoutFormat(format: string, counters: Counters, input: number, output: number): string {
  const values = new Map<string, number>([
    ['i', input],
    ['input', input],
    ['o', output],
    ['output', output],
    ['fetch_hdr_count', counters.headerCount],
    ['fetch_hdr_bytes', counters.headerBytes],
    ['fetch_body_count', counters.bodyCount],
    ['fetch_body_bytes', counters.bodyBytes],
    ['deleted', counters.deleted],
    ['expunged', counters.expunged],
    ['autoexpunged', counters.autoexpunged],
    ['trashed', counters.trashed],
    ['appended', counters.appended],
  ]);
  return format.replace(/%(?:\{([a-z_]*)\}|(.))/g, (_, long?: string, short?: string) =>
    short === '%' ? '%' : String(values.get(long ?? short ?? '') ?? ''),
  );
}
