/** The text of an HTML part as Dovecot makes it for body tests: tags become blanks, entities characters. Linear. */
const SKIPPED: readonly string[] = ['script', 'style'];
/** The entities of HTML for the characters from 160 to 255, in order. */
const LATIN1 = `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2
  sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc
  Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve
  Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute
  acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde
  ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ...LATIN1.split(/\s+/).map((name, index): [string, string] => [name, utf8(0xa0 + index)]),
  ...[
    ['euro', 0x20ac],
    ['hellip', 0x2026],
    ['ndash', 0x2013],
    ['mdash', 0x2014],
    ['bull', 0x2022],
    ['trade', 0x2122],
  ].map(([name, code]): [string, string] => [String(name), utf8(Number(code))]),
]);

function utf8(code: number): string {
  return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
}

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
  const name =
    html
      .slice(open + 1, Math.min(close - 1, open + 10))
      .split(/[\s/>]/, 1)[0]
      ?.toLowerCase() ?? '';
  if (!SKIPPED.includes(name)) return close;
  const end = html.indexOf('</', close);
  return end < 0 ? html.length : end;
}

function decodeEntities(text: string): string {
  return text.replace(/&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{1,8});/g, (all: string, name: string) => {
    if (!name.startsWith('#')) return ENTITIES.get(name) ?? all;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0x10ffff ? all : utf8(code);
  });
}
