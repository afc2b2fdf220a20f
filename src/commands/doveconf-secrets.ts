/** What doveconf does not show without -P: the values of secret settings, and the secrets within other values. */

const HIDDEN = '# hidden, use -P to show it';
const HIDDEN_PART = '#hidden_use-P_to_show#';

/** The value as it may be shown: itself when it has no secret. */
export function hideSecrets(key: string, value: string): string {
  if (value === '') return value;
  return isSecret(key) ? HIDDEN : hideParts(value);
}

function isSecret(key: string): boolean {
  if (key === 'ssl_dh') return true;
  return ['_password', '_key', '_nonce'].some(end => key.length > end.length && key.endsWith(end));
}

/** `password=x`, `secret=x`, `key=x` and the like, and `//user:password@` in addresses. */
function hideParts(value: string): string {
  let shown = '';
  for (let at = 0; at < value.length;) {
    const end = secretBegins(value, at);
    if (end === undefined) {
      shown += value.charAt(at++);
      continue;
    }
    shown += value.slice(at, end) + HIDDEN_PART;
    at = secretEnds(value, end);
  }
  return shown;
}

/** Where the secret begins, when one is announced at `at`. */
function secretBegins(value: string, at: number): number | undefined {
  if (value.startsWith('://', at))
    return value
      .slice(at + 3)
      .split('/', 1)[0]
      ?.includes('@') === true
      ? at + 3
      : undefined;
  if (at > 0 && isWordLetter(value.charAt(at - 1))) return undefined;
  if (!['pass', 'secret', 'key'].some(word => value.startsWith(word, at))) return undefined;
  let end = at;
  while (isWordLetter(value.charAt(end))) end++;
  while (value.charAt(end) === ' ') end++;
  return value.charAt(end) === '=' ? end + 1 : undefined;
}

function secretEnds(value: string, at: number): number {
  if (value.startsWith('://', at - 3)) return value.indexOf('@', at);
  while (at < value.length && !' \t:;'.includes(value.charAt(at))) at++;
  return at;
}

function isWordLetter(letter: string): boolean {
  return /^[A-Za-z0-9]$/.test(letter);
}
