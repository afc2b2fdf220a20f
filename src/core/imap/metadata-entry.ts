/** Names of annotations (RFC 5464 section 3.2), checked in the order and words of Dovecot. */
import {fail} from './argument.ts';

/** In lower case, as they are kept. */
export function expectEntry(text: string): string {
  if (!text.startsWith('/')) fail("Entry name must begin with '/'");
  for (const wildcard of ['*', '%']) if (text.includes(wildcard)) fail(`Entry name can't contain '${wildcard}'`);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) fail("Entry name can't contain 8bit chars");
    if (code < 0x20 || code === 0x7f) fail("Entry name can't contain control chars");
  }
  if (text.includes('//')) fail("Entry name can't contain consecutive '/'");
  if (text.length > 1 && text.endsWith('/')) fail("Entry name can't end with '/'");
  const entry = text.toLowerCase();
  const [, scope = ''] = entry.split('/');
  if (scope !== 'private' && scope !== 'shared') fail('Entry name must begin with /private or /shared');
  return entry;
}
