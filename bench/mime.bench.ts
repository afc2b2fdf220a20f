/**
 * Scanning mail for IMAP: a message's structure, its structure and a search in it, a section to the client, by megabytes of mail in a
 * second of processor time. The mail is 64 MB of text, of base64, and of 2000 small multiparts.
 */
import {MessageSearch} from '../src/core/message/mime/search-text.ts';
import {SectionReader} from '../src/core/message/mime/section-reader.ts';
import {parseSection, planSection} from '../src/core/message/mime/section.ts';
import {StructureScanner} from '../src/core/message/mime/structure.ts';
import {median, result} from './measure.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const CHUNK = 65_536;
const SIZE = 1 << 26;

const line = 'The quick brown fox jumps over the lazy dog while nobody looks at it.\n';
const text = Buffer.from(`Subject: text\nContent-Type: text/plain\n\n${line.repeat(SIZE / line.length)}`);
const base64Line = `${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5'.slice(0, 64)}\r\n`;
const part = (type: string, body: string): string =>
  `--=_b\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n`;
const attachment = Buffer.from(
  `Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n${part('text/plain', base64Line.repeat(SIZE / 66))}--=_b--\r\n`,
);
const small = Buffer.from(
  `From: a@b\nTo: c@d\nSubject: small\nContent-Type: multipart/mixed; boundary=x\n\n${`--x\nContent-Type: text/plain\n\n${line.repeat(10)}`.repeat(5)}--x--\n`,
);

function scan(message: Buffer, search?: MessageSearch): StructureScanner {
  const scanner = new StructureScanner(search);
  for (let at = 0; at < message.length; at += CHUNK) scanner.write(message.subarray(at, at + CHUNK));
  return scanner;
}

function rate(bytes: number, work: () => void): number {
  const rates = Array.from({length: ROUNDS}, () => {
    const begin = process.cpuUsage();
    work();
    const {user, system} = process.cpuUsage(begin);
    return bytes / (user + system);
  });
  return median(rates);
}

function report(name: string, goal: number, bytes: number, work: () => void): void {
  const found = rate(bytes, work);
  result(name, `${Math.round(found)} MB/s`, `${goal} MB/s`, found >= goal);
}

const never = (): MessageSearch =>
  new MessageSearch([
    {kind: 'body', key: 'not there'},
    {kind: 'text', key: 'nor this'},
  ]);
report('structure of a text', 500, text.length, () => scan(text).end());
report('structure of an attachment in parts', 500, attachment.length, () => scan(attachment).end());
report('structure of 2000 small messages', 50, small.length * 2000, () => {
  for (let i = 0; i < 2000; i++) scan(small).end();
});
report('two keys in a text', 200, text.length, () => scan(text, never()).end());
report('two keys in an encoded attachment', 100, attachment.length, () => scan(attachment, never()).end());
const root = scan(text).end();
report('a section, line feeds to CRLF', 300, text.length, () => {
  const reader = new SectionReader(planSection(root, parseSection('TEXT') ?? {path: [], what: 'text', names: []}));
  for (let at = reader.start; at < reader.end; at += CHUNK)
    reader.write(text.subarray(at, Math.min(at + CHUNK, reader.end)));
});
