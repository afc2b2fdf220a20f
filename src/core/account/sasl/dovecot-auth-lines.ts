/** Lines of Dovecot's auth client protocol, version 1: fields by tabs, with the bytes that would be in the way escaped. */

const UNESCAPED: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['1', '\x01'],
  ['t', '\t'],
  ['r', '\r'],
  ['n', '\n'],
]);

export function splitAuthLine(line: string): readonly string[] {
  return line
    .split('\t')
    .map(field => field.replace(/\x01(.)/g, (whole, code: string) => UNESCAPED.get(code) ?? whole));
}

/** For values that come from elsewhere: addresses, service names. */
export function escapeAuthField(text: string): string {
  return text.replace(
    /[\0\x01\t\r\n]/g,
    byte => `\x01${[...UNESCAPED].find(([, value]) => value === byte)?.[0] ?? ''}`,
  );
}

/** `user=joe`: its value; undefined when there is no such field. */
export function authParameter(fields: readonly string[], name: string): string | undefined {
  return fields.find(field => field.startsWith(`${name}=`))?.slice(name.length + 1);
}
