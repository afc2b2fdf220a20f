/**
 * What a part's header says of its body: the Content fields of RFC 2045, RFC 2183, RFC 3282, RFC 1864 and RFC 2557, each read as
 * Dovecot reads it. The first field of a name counts (of Content-Disposition
 * the first with parameters, else the last). Never fails.
 */
import {BROKEN, END, FieldReader, OK} from './field-reader.ts';
import {readParameters, type Parameter} from './parameters.ts';

export class MimeFields {
  /** Undefined without a Content-Type; empty when there is one that can't be read. */
  type: string | undefined;
  subtype = '';
  parameters: readonly Parameter[] = NONE;
  id: string | undefined;
  description: string | undefined;
  encoding: string | undefined;
  md5: string | undefined;
  disposition: string | undefined;
  dispositionParameters: readonly Parameter[] = NONE;
  languages: readonly string[] | undefined;
  location: string | undefined;

  /** `name` in lower case, `value` unfolded and without the blanks in front. */
  take(name: string, value: string): void {
    switch (name) {
      case 'content-type':
        if (this.type === undefined) this.#readType(new FieldReader(value));
        break;
      case 'content-transfer-encoding':
        this.encoding ??= readEncoding(new FieldReader(value));
        break;
      case 'content-id':
        this.id ??= value;
        break;
      case 'content-description':
        this.description ??= value;
        break;
      case 'content-md5':
        this.md5 ??= value;
        break;
      case 'content-location':
        this.location ??= value;
        break;
      case 'content-disposition':
        if (this.dispositionParameters.length === 0) this.#readDisposition(new FieldReader(value));
        break;
      case 'content-language':
        this.languages ??= readLanguages(new FieldReader(value));
    }
  }

  /** The first parameter of that name, in lower case; for Content-Type. */
  parameter(name: string): string | undefined {
    return this.parameters.find(parameter => parameter[0].toLowerCase() === name)?.[1];
  }

  /** More is said than type and encoding. */
  get isDescribed(): boolean {
    const {id, description, md5, disposition, languages, location} = this;
    return [id, description, md5, disposition, languages, location].some(field => field !== undefined);
  }

  #readType(reader: FieldReader): void {
    const [type, subtype] = readContentType(reader) ?? [];
    this.type = type ?? '';
    this.subtype = subtype ?? '';
    if (subtype !== undefined) this.parameters = readParameters(reader);
  }

  #readDisposition(reader: FieldReader): void {
    reader.skipBlanks();
    reader.readToken();
    this.disposition = reader.takeText();
    this.dispositionParameters = readParameters(reader);
  }
}

/** Type and subtype; only the type when nothing follows it; undefined when it is no content type. */
function readContentType(reader: FieldReader): string[] | undefined {
  if (reader.skipBlanks() !== OK) return undefined;
  const progress = reader.readToken();
  const type = reader.takeText();
  if (type === '') return undefined;
  if (progress === END) return [type];
  if (progress === BROKEN || reader.peek() !== SLASH) return undefined;
  reader.at++;
  if (reader.skipBlanks() !== OK) return undefined;
  const end = reader.readToken();
  const subtype = reader.takeText();
  if (subtype === '' || end === BROKEN || (end === OK && reader.peek() !== SEMICOLON)) return undefined;
  return [type, subtype];
}

/** The encoding by which a body is decoded: here a parameter may follow, and what isn't a word is the empty one, which nobody knows. */
export function decodingName(value: string): string {
  const reader = new FieldReader(value);
  reader.skipBlanks();
  const progress = reader.readToken();
  return progress === END || (progress === OK && reader.peek() === SEMICOLON) ? reader.takeText() : '';
}

function readEncoding(reader: FieldReader): string | undefined {
  if (reader.skipBlanks() === BROKEN) return undefined;
  if (reader.readToken() !== END) return undefined;
  const text = reader.takeText();
  return text === '' ? undefined : text;
}

/** Words with commas between them; what follows the first wrong character is dropped. */
function readLanguages(reader: FieldReader): readonly string[] | undefined {
  const languages: string[] = [];
  reader.skipBlanks();
  while (reader.readAtom() !== BROKEN) {
    languages.push(reader.takeText());
    if (reader.isAtEnd || reader.peek() !== COMMA || languages.length >= MAX_LANGUAGES) break;
    reader.at++;
    if (reader.skipBlanks() !== OK) break;
  }
  return languages.length === 0 ? undefined : languages;
}

const NONE: readonly never[] = [];
const MAX_LANGUAGES = 1000;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
const COMMA = 0x2c;
