/**
 * MTA-STS on paper (RFC 8461 section 3): the TXT record that says there is a policy, the policy's text, and which mail
 * exchangers it allows. Both texts are foreign: what breaks the grammar is no record and no policy (undefined).
 */
export interface StsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Host names in lower case; `*.example.net` stands for one label more. */
  readonly exchangers: readonly string[];
  readonly maxAgeSeconds: number;
}

/** RFC 8461 section 3.2: a year. */
const LONGEST_AGE_SECONDS = 31_557_600;
const MAX_EXCHANGERS = 200;

/** The id of the one record that is of this version; several are as good as none (section 3.1). */
export function readStsRecord(texts: readonly string[]): string | undefined {
  const records = texts.filter(text => /^v=STSv1 *(?:;|$)/.test(text));
  if (records.length !== 1) return undefined;
  const fields = (records[0] ?? '').split(';').map(field => field.trim());
  const id =
    fields
      .find(field => field.startsWith('id='))
      ?.slice(3)
      .trim() ?? '';
  return /^[A-Za-z0-9]{1,32}$/.test(id) ? id : undefined;
}

/** Of a key that is repeated the first counts, but for `mx`; keys that are not known are passed over (section 3.2). */
export function readStsPolicy(text: string): StsPolicy | undefined {
  const fields = new Map<string, string>();
  const exchangers: string[] = [];
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0 && line.trim() !== '') return undefined;
    const [key, value] = [line.slice(0, Math.max(colon, 0)).trim(), line.slice(colon + 1).trim()];
    if (key === 'mx' && exchangers.length < MAX_EXCHANGERS) exchangers.push(value.toLowerCase());
    else if (!fields.has(key)) fields.set(key, value);
  }
  const mode = fields.get('mode');
  const age = fields.get('max_age') ?? '';
  if (fields.get('version') !== 'STSv1' || !/^[0-9]{1,10}$/.test(age)) return undefined;
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return undefined;
  if (mode !== 'none' && exchangers.length === 0) return undefined;
  return {mode, exchangers, maxAgeSeconds: Math.min(Number(age), LONGEST_AGE_SECONDS)};
}

/** Section 4.1: a wildcard stands for the leftmost label, and for that alone. */
export function allowsExchanger(policy: StsPolicy, host: string): boolean {
  const name = host.toLowerCase();
  const parent = name.slice(name.indexOf('.') + 1);
  return policy.exchangers.some(pattern => pattern === name || (name !== parent && pattern === `*.${parent}`));
}
