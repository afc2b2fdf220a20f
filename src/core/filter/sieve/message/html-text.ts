/** The text of an HTML part as Dovecot makes it for body tests: tags become blanks, entities characters. Linear. */
const SKIPPED: readonly string[] = ['script', 'style'];
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\xc2\xa0'],
]);

export function htmlText(html: string): string {
  const out: string[] = [];
  let lastIsSpace = true;
  const add = (text: string): void => {
    if (text === '') return;
    out.push(text);
    lastIsSpace = text.endsWith(' ');
  };
  for (let at = 0; at < html.length;) {
    const open = html.indexOf('<', at);
    const end = open < 0 ? html.length : open;
    add(decodeEntities(html.slice(at, end)));
    if (open < 0) break;
    const close = tagEnd(html, open);
    at = skipContent(html, open, close);
    if (out.length > 0 && !lastIsSpace) add(' ');
  }
  return out.join('');
}

/** Behind the tag or comment. */
function tagEnd(html: string, open: number): number {
  const isComment = html.startsWith('<!--', open);
  const end = html.indexOf(isComment ? '-->' : '>', open);
  return end < 0 ? html.length : end + (isComment ? 3 : 1);
}

function skipContent(html: string, open: number, close: number): number {
  const name = html.slice(open + 1, Math.min(close - 1, open + 10)).split(/[\s/>]/, 1)[0]?.toLowerCase() ?? '';
  if (!SKIPPED.includes(name)) return close;
  const end = html.indexOf('</', close);
  return end < 0 ? html.length : end;
}

function decodeEntities(text: string): string {
  return text.replace(/&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{1,8});/g, (all: string, name: string) => {
    if (!name.startsWith('#')) return ENTITIES.get(name) ?? all;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0x10ffff ? all : Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
  });
}
