/** BODYSTRUCTURE and BODY (RFC 3501 section 7.4.2) of a message or part, as Dovecot answers them. */
import {Envelope, writeEnvelope} from './envelope.ts';
import {imapNstring, imapString} from './imap-text.ts';
import type {MimeFields} from './mime-fields.ts';
import type {Parameter} from './parameters.ts';
import type {MessagePart} from './message-part.ts';

/** With its parentheses. `isExtended`: BODYSTRUCTURE, else BODY. */
export function writeBodyStructure(part: MessagePart, isExtended: boolean): string {
  if (isPlain(part))
    return `(${PLAIN_TEXT} ${part.bodyVirtualSize} ${part.bodyLines}${isExtended ? ' NIL NIL NIL NIL' : ''})`;
  const inside = part.isMultipart ? multipart(part, isExtended) : single(part, isExtended);
  return `(${inside})`;
}

/** A message that is nothing but text loses the letter case of what it says of it: Dovecot notes only that it is such a one. */
function isPlain(part: MessagePart): boolean {
  const {fields} = part;
  if (part.parent !== undefined || !part.isText || fields.isDescribed) return false;
  if (fields.type !== undefined && `${fields.type}/${fields.subtype}`.toLowerCase() !== 'text/plain') return false;
  if (fields.encoding !== undefined && fields.encoding.toLowerCase() !== '7bit') return false;
  const [parameter, ...more] = fields.parameters;
  if (more.length > 0) return false;
  return (
    parameter === undefined || (parameter[0].toLowerCase() === 'charset' && parameter[1].toLowerCase() === 'us-ascii')
  );
}

/** Seen: a multipart without parts is given one, an empty text. */
function multipart(part: MessagePart, isExtended: boolean): string {
  const {fields} = part;
  let out = '';
  for (const child of part.children) out += writeBodyStructure(child, isExtended);
  if (out === '') out = isExtended ? `(${EMPTY_TEXT} NIL NIL NIL NIL)` : `(${EMPTY_TEXT})`;
  out += ` ${imapString(fields.subtype)}`;
  if (isExtended) out += ` ${parameterList(fields.parameters)} ${placement(fields)}`;
  return out;
}

function single(part: MessagePart, isExtended: boolean): string {
  const {fields} = part;
  let out = `${typeAndParameters(part)} ${imapNstring(fields.id)} ${imapNstring(fields.description)}`;
  out += ` ${imapString(fields.encoding ?? '7bit')} ${part.bodyVirtualSize}`;
  const enclosed = part.isMessage ? part.children[0] : undefined;
  if (part.isText) out += ` ${part.bodyLines}`;
  else if (enclosed !== undefined) {
    const structure = writeBodyStructure(enclosed, isExtended);
    out += ` ${writeEnvelope(enclosed.envelope ?? new Envelope())} ${structure} ${part.bodyLines}`;
  }
  if (isExtended) out += ` ${imapNstring(fields.md5)} ${placement(fields)}`;
  return out;
}

function typeAndParameters(part: MessagePart): string {
  const {fields} = part;
  if (part.isMessage) return `"message" "rfc822" ${parameterList(fields.parameters)}`;
  if (part.isOpaque) return `"application" "octet-stream" ${parameterList(fields.parameters)}`;
  if (!part.isText)
    return `${imapString(fields.type ?? 'text')} ${imapString(fields.subtype)} ${parameterList(fields.parameters)}`;
  const hasCharset = fields.parameter('charset') !== undefined;
  const parameters = hasCharset ? fields.parameters : [...fields.parameters, DEFAULT_CHARSET];
  const [type, subtype] = fields.type === undefined ? ['text', 'plain'] : [fields.type, fields.subtype];
  return `${imapString(type)} ${imapString(subtype)} ${parameterList(parameters)}`;
}

/** Disposition, language, location: what ends every extended answer. */
function placement(fields: MimeFields): string {
  const {disposition, dispositionParameters, languages, location} = fields;
  const how =
    disposition === undefined ? 'NIL' : `(${imapString(disposition)} ${parameterList(dispositionParameters)})`;
  const spoken = languages === undefined ? 'NIL' : `(${languages.map(imapString).join(' ')})`;
  return `${how} ${spoken} ${imapNstring(location)}`;
}

function parameterList(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return 'NIL';
  return `(${parameters.map(([name, value]) => `${imapString(name)} ${imapString(value)}`).join(' ')})`;
}

const DEFAULT_CHARSET: Parameter = ['charset', 'us-ascii'];
const PLAIN_TEXT = '"text" "plain" ("charset" "us-ascii") NIL NIL "7bit"';
const EMPTY_TEXT = `${PLAIN_TEXT} 0 0`;
