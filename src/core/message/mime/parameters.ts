/**
 * The parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2231), as Dovecot shows them in
 * BODYSTRUCTURE: pieces (`name*0=`, `name*1=`) are joined and come last, sorted; a joined one with an encoded piece is called
 * `name*` and stays encoded. Never fails: what can't be read is passed over.
 */
import {BROKEN, END, OK, type FieldReader, type Progress} from './field-reader.ts';

export type Parameter = readonly [name: string, value: string];

/** `reader` stands before the first semicolon. */
export function readParameters(reader: FieldReader): Parameter[] {
  const plain: Parameter[] = [];
  const pieces: Piece[] = [];
  let index = 0;
  for (;;) {
    const parameter = readParameter(reader);
    if (parameter === END) break;
    if (parameter === BROKEN) {
      reader.at++;
      if (reader.isAtEnd) break;
      continue;
    }
    const piece = asPiece(parameter, index);
    index = piece.index;
    if (piece.isPiece) pieces.push(piece);
    else plain.push(parameter);
    if (plain.length + pieces.length >= MAX_PARAMETERS) break;
  }
  return pieces.length === 0 ? plain : [...plain, ...joinPieces(pieces)];
}

function readParameter(reader: FieldReader): Parameter | typeof BROKEN | typeof END {
  if (reader.isAtEnd) return END;
  if (reader.peek() !== SEMICOLON) return BROKEN;
  reader.at++;
  let progress: Progress = reader.skipBlanks();
  if (progress !== OK) return progress;
  progress = reader.readToken();
  const name = reader.takeText();
  if (progress !== OK) return progress;
  if (reader.peek() !== EQUALS) return BROKEN;
  reader.at++;
  progress = reader.skipBlanks();
  if (progress === OK) progress = readValue(reader);
  const value = reader.takeText();
  return progress === BROKEN ? BROKEN : [name, value];
}

function readValue(reader: FieldReader): Progress {
  if (reader.peek() === QUOTE) return reader.readQuotedString();
  // Not allowed, and common: an encoded word (RFC 2047) as it is.
  return reader.peek() === EQUALS ? reader.readWord() : reader.readToken();
}

interface Piece {
  readonly isPiece: boolean;
  readonly name: string;
  readonly index: number;
  readonly isEncoded: boolean;
  readonly value: string;
}

/** Seen: a `name*=` behind `other*1=` counts as piece 1 too, because the number stays from the parameter before. */
function asPiece([name, value]: Parameter, lastIndex: number): Piece {
  const star = name.indexOf('*');
  if (star < 0) return {isPiece: false, name, index: lastIndex, isEncoded: false, value};
  let at = star;
  let index = lastIndex;
  if (at + 1 < name.length) {
    at++;
    index = 0;
    for (; isDigit(name.charCodeAt(at)); at++) index = (index * 10 + name.charCodeAt(at) - ZERO) >>> 0;
  }
  const isEncoded = name.charAt(at) === '*';
  if (isEncoded) at++;
  return {isPiece: at >= name.length, name: name.slice(0, star), index, isEncoded, value};
}

function joinPieces(pieces: Piece[]): Parameter[] {
  pieces.sort((a, b) => (a.name === b.name ? a.index - b.index : a.name < b.name ? -1 : 1));
  const joined: Parameter[] = [];
  for (let start = 0, end: number; start < pieces.length; start = end) {
    const name = pieces[start]?.name;
    for (end = start; pieces[end]?.name === name;) end++;
    joined.push(...joinRun(pieces.slice(start, end)));
  }
  return joined;
}

/** Pieces that don't count 0, 1, 2 stay what they are. */
function joinRun(run: readonly Piece[]): Parameter[] {
  const isWhole = run.every((piece, index) => piece.index === index);
  if (!isWhole) return run.map(piece => [`${piece.name}*${piece.index}${piece.isEncoded ? '*' : ''}`, piece.value]);
  const isEncoded = run.some(piece => piece.isEncoded);
  const name = run[0]?.name ?? '';
  const value = run
    .map(piece => (isEncoded && !piece.isEncoded ? piece.value.replaceAll('%', '%25') : piece.value))
    .join('');
  if (!isEncoded) return [[name, value]];
  return [[`${name}*`, run[0]?.isEncoded === true ? value : `''${value}`]]; // the first names charset and language
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

/** A bound for hostile fields: more are not looked at. */
const MAX_PARAMETERS = 10_000;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const ZERO = 0x30;
