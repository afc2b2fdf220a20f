/**
 * The text of HTML as it passes by, cut anywhere: tags become blanks, scripts and styles go, text in blockquotes is told apart.
 * No parser of HTML: what Dovecot's previews make of it. Never fails; holds a tag's name or a reference, no more.
 *
 *   text --'<'--> tag --'>'--> text      tag --'<!--'--> comment --'-->'--> text      tag --'<![CDATA['--> cdata --']]>'--> text
 *   text --'&'--> reference --';'--> text                 tag --script, style--> hidden --'</script>', '</style>'--> text
 */
import {entityText} from './html-entities.ts';

/** `text` is empty never. */
export type TakeText = (text: string, isQuoted: boolean) => void;

export class HtmlText {
  readonly #take: TakeText;
  /** What a tag becomes. */
  readonly #breakFor: (tag: string) => string;
  #state: 'text' | 'tag' | 'comment' | 'cdata' | 'hidden' | 'reference' = 'text';
  /** The beginning of a tag, the name in a reference, the end of what may end a comment or hidden text. */
  #word = '';
  #quote = '';
  #hiddenBy = '';
  #quoteDepth = 0;
  #lastCharacter = ' ';

  /** `breakFor` is asked with the tag's name in lower case, `/p` for an end tag; a blank if not given. */
  constructor(take: TakeText, breakFor: (tag: string) => string = () => ' ') {
    this.#take = take;
    this.#breakFor = breakFor;
  }

  write(text: string): void {
    for (let at = 0; at < text.length;) {
      if (this.#state === 'text') at = this.#plain(text, at);
      else this.#step(text.charAt(at++));
    }
  }

  #plain(text: string, start: number): number {
    let end = start;
    while (end < text.length && text.charAt(end) !== '<' && text.charAt(end) !== '&') end++;
    this.#give(text.slice(start, end));
    if (end === text.length) return end;
    this.#state = text.charAt(end) === '<' ? 'tag' : 'reference';
    this.#word = '';
    return end + 1;
  }

  #step(character: string): void {
    switch (this.#state) {
      case 'text':
        return this.write(character);
      case 'reference':
        return this.#inReference(character);
      case 'tag':
        return this.#inTag(character);
      case 'comment':
        if (this.#endsWith(character, '-->')) this.#state = 'text';
        return;
      case 'cdata':
        return this.#inCdata(character);
      case 'hidden':
        if (this.#endsWith(character.toLowerCase(), `</${this.#hiddenBy}>`)) this.#endTag(this.#hiddenBy);
    }
  }

  #inReference(character: string): void {
    if (character === ';') {
      this.#state = 'text';
      this.#give(entityText(this.#word));
      return;
    }
    this.#word += character;
    if (!BLANKS.includes(character) && this.#word.length < MAX_REFERENCE) return;
    const word = this.#word; // seen: only the ampersand is lost
    this.#state = 'text';
    this.write(word);
  }

  #inTag(character: string): void {
    if (this.#quote !== '') {
      if (character === this.#quote) this.#quote = '';
      return;
    }
    if (character === '>') return this.#closeTag();
    if (character === '"' || character === "'") this.#quote = character;
    if (this.#word.length >= MAX_TAG) return;
    this.#word += character;
    if (this.#word === '!--') this.#enter('comment');
    else if (this.#word.toLowerCase() === '![cdata[') this.#enter('cdata');
  }

  #enter(state: 'comment' | 'cdata' | 'hidden'): void {
    this.#state = state;
    this.#word = '';
  }

  #closeTag(): void {
    const name = nameOf(this.#word);
    if (name === 'script' || name === 'style') {
      this.#hiddenBy = name;
      return this.#enter('hidden');
    }
    if (name === 'blockquote') this.#quoteDepth++;
    this.#endTag(name);
    if (name === '/blockquote' && this.#quoteDepth > 0) this.#quoteDepth--;
  }

  #endTag(name: string): void {
    this.#state = 'text';
    this.#quote = '';
    const text = this.#breakFor(name);
    if (text !== ' ' || !BLANKS.includes(this.#lastCharacter)) this.#give(text);
  }

  #inCdata(character: string): void {
    this.#word += character;
    if (']]>'.startsWith(this.#word)) {
      if (this.#word === ']]>') this.#state = 'text';
      return;
    }
    // What began like the end isn't it; its last bracket may begin it again.
    const keep = this.#word.endsWith(']]') ? 2 : this.#word.endsWith(']') ? 1 : 0;
    this.#give(this.#word.slice(0, this.#word.length - keep));
    this.#word = this.#word.slice(this.#word.length - keep);
  }

  /** Whether what has been seen ends with `end` now; `#word` holds as much of it as needed. */
  #endsWith(character: string, end: string): boolean {
    this.#word = (this.#word + character).slice(-end.length);
    return this.#word === end;
  }

  #give(text: string): void {
    if (text === '') return;
    this.#lastCharacter = text.charAt(text.length - 1);
    this.#take(text, this.#quoteDepth > 0);
  }
}

/** Of a tag without its brackets, in lower case: up to the first blank. */
function nameOf(tag: string): string {
  let end = 0;
  while (end < tag.length && !BLANKS.includes(tag.charAt(end))) end++;
  return tag.slice(0, end).toLowerCase();
}

const BLANKS = ' \t\r\n\v\f';
/** Characters of a tag that are looked at, and of a reference. */
const MAX_TAG = 32;
const MAX_REFERENCE = 10;
