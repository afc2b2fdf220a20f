/** What IMAP says of odd and random messages, beside the real Dovecot's `imap`, byte by byte. */
import assert from 'node:assert/strict';
import {writeBodyStructure} from '../../src/core/message/mime/bodystructure.ts';
import {Envelope, writeEnvelope} from '../../src/core/message/mime/envelope.ts';
import {imapString} from '../../src/core/message/mime/imap-text.ts';
import type {MessagePart} from '../../src/core/message/mime/message-part.ts';
import type {PartListener} from '../../src/core/message/mime/part-stack.ts';
import {PreviewMaker} from '../../src/core/message/mime/preview.ts';
import {MessageSearch, type SearchTerm} from '../../src/core/message/mime/search-text.ts';
import {SectionReader, type ServedRange} from '../../src/core/message/mime/section-reader.ts';
import {parseSection, planBinary, planSection, type SectionPlan} from '../../src/core/message/mime/section.ts';
import {StructureScanner} from '../../src/core/message/mime/structure.ts';
import {findTextPart} from '../../src/core/message/mime/text.ts';
import {RandomMail} from '../support/random-mail.ts';
import {RealImap, requireRealImap} from '../support/real-imap.ts';
import {
  addresses,
  deepSectionNames,
  encodings,
  envelopes,
  partMessages,
  sectionNames,
  structures,
} from './mime-cases.ts';
import {previews} from './preview-cases.ts';
import {searchedMessages, searches} from './search-cases.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const quoted = (text: string): string =>
  /[\r\n]/.test(text) ? `{${text.length}+}\r\n${text}` : `"${text.replace(/["\\]/g, '\\$&')}"`;

suite('MIME as the real Dovecot sees it', function () {
  suiteSetup(function () {
    requireRealImap(this);
  });

  test('ENVELOPE, BODYSTRUCTURE, BODY and RFC822.SIZE of odd messages', () => {
    compareStructures([...structures, ...envelopes, ...addresses, ...partMessages, ...encodings].map(latin1));
  });

  test('the same of random ones', () => {
    compareStructures([1, 3].flatMap(seed => new RandomMail(seed).messages(600)));
  });

  test('sections, whole and in part', () => {
    withMessages([...partMessages, ...structures].map(latin1), (imap, messages) => {
      const names = [...new Set([...sectionNames, ...deepSectionNames])];
      const labels = [...names.map(name => `BODY.PEEK[${name}]`), 'BODY.PEEK[]<7.30>', 'BODY.PEEK[TEXT]<1000.5>'];
      for (const [index, answer] of imap.fetch(labels.join(' ')).entries()) {
        const message = messages[index] ?? Buffer.alloc(0);
        for (const [label, real] of answer) {
          if (label.includes('FIELDS') && message.includes(0)) continue; // it cuts names at a NUL
          if (/\d\.HEADER\.FIELDS/.test(label) && hasCutHeader(message)) continue; // it reads on behind such a one
          assert.equal(literal(servedFor(message, label)), real, describe(message, label));
        }
      }
    });
  });

  test('BINARY, and what it refuses', () => {
    withMessages(encodings.map(latin1), (imap, messages) => {
      const ours = messages.map(binaryAnswers);
      const isServed = (index: number): boolean => ours[index]?.every(answer => /^~?\{/.test(answer)) === true;
      const numbers = messages.map((_, index) => index + 1);
      const isLeftOut = (number: number): boolean => KILLS_THE_ORIGINAL.test(encodings[number - 1] ?? '');
      const good = numbers.filter(number => isServed(number - 1) && !isLeftOut(number));
      const answers = imap.fetch('BINARY.PEEK[1] BINARY.PEEK[]', good.join(','));
      for (const number of good) {
        const [part, whole] = ours[number - 1] ?? [];
        const message = messages[number - 1] ?? Buffer.alloc(0);
        assert.equal(part, answers[number - 1]?.get('BINARY[1]'), describe(message, 'BINARY[1]'));
        assert.equal(whole, answers[number - 1]?.get('BINARY[]'), describe(message, 'BINARY[]'));
      }
      const refused = numbers.filter(number => !isServed(number - 1) && !isLeftOut(number));
      for (const number of refused.filter((_, index) => index % 3 === 0)) {
        const code = /\r\nt0 NO \[([^\]]+)\]/.exec(imap.run([`FETCH ${number} (BINARY.PEEK[])`]))?.[1];
        assert.equal(ours[number - 1]?.[1], code, encodings[number - 1]);
      }
    });
  });

  test('PREVIEW of plain text, HTML and alternatives', () => {
    withMessages([...previews.map(latin1), ...new RandomMail(7).messages(300)], (imap, messages) => {
      for (const [index, answer] of imap.fetch('PREVIEW').entries()) {
        const message = messages[index] ?? Buffer.alloc(0);
        assert.equal(imapString(preview(message)), answer.get('PREVIEW'), describe(message, 'PREVIEW'));
      }
    });
  });

  test('SEARCH BODY, TEXT, HEADER and addresses', () => {
    withMessages(searchedMessages.map(latin1), (imap, messages) => {
      const real = imap.search(
        searches.map(
          ([command, term]) => `CHARSET UTF-8 ${command} ${quoted(Buffer.from(term.key).toString('latin1'))}`,
        ),
      );
      const found = messages.map(message =>
        matches(
          message,
          searches.map(([, term]) => term),
        ),
      );
      for (const [index, [command, {key}]] of searches.entries()) {
        const ours = found.flatMap((hits, message) => (hits[index] === true ? [message + 1] : []));
        assert.deepEqual(ours, real[index], `${command} ${JSON.stringify(key)}`);
      }
    });
  });
});

/** It never answers these: it waits for the rest of what is cut off. */
const KILLS_THE_ORIGINAL = /\n\n(aGV|Y|a=4|a=E|a=\r|=3)$/;

function compareStructures(messages: readonly Buffer[]): void {
  withMessages(messages, imap => {
    const answers = imap.fetch('ENVELOPE BODYSTRUCTURE BODY RFC822.SIZE');
    assert.equal(answers.length, messages.length);
    for (const [index, answer] of answers.entries()) {
      const message = messages[index] ?? Buffer.alloc(0);
      const root = scan(message);
      assert.equal(
        writeEnvelope(root.envelope ?? new Envelope()),
        answer.get('ENVELOPE'),
        describe(message, 'ENVELOPE'),
      );
      assert.equal(writeBodyStructure(root, true), answer.get('BODYSTRUCTURE'), describe(message, 'BODYSTRUCTURE'));
      assert.equal(writeBodyStructure(root, false), answer.get('BODY'), describe(message, 'BODY'));
      assert.equal(String(root.headerVirtualSize + root.bodyVirtualSize), answer.get('RFC822.SIZE'));
    }
  });
}

function withMessages(
  messages: readonly Buffer[],
  compare: (imap: RealImap, messages: readonly Buffer[]) => void,
): void {
  const imap = new RealImap();
  try {
    imap.store(messages);
    compare(imap, messages);
  } finally {
    imap.dispose();
  }
}

function scan(message: Buffer, listener: PartListener = {}): MessagePart {
  const scanner = new StructureScanner(listener);
  scanner.write(message);
  return scanner.end();
}

/** A boundary cuts a header off. */
function hasCutHeader(message: Buffer): boolean {
  let isCut = false;
  scan(message, {headerEnd: (_, isEnded) => (isCut ||= !isEnded)});
  return isCut;
}

/** `BODY[1.MIME]<3>` as the original labels its answer; the counts are the test's own. */
function servedFor(message: Buffer, label: string): Buffer {
  const name = label.slice(5, label.lastIndexOf(']'));
  const section = parseSection(name);
  assert.ok(section !== undefined, label);
  const range = label.endsWith('<7>')
    ? {offset: 7, count: 30}
    : label.endsWith('<1000>')
      ? {offset: 1000, count: 5}
      : undefined;
  return served(message, planSection(scan(message), section), range);
}

function served(message: Buffer, plan: SectionPlan, range?: ServedRange): Buffer {
  const reader = new SectionReader(plan, range);
  const pieces: Buffer[] = [];
  for (let at = reader.start; at < reader.end; at += 11)
    pieces.push(Buffer.from(reader.write(message.subarray(at, Math.min(at + 11, reader.end)))));
  pieces.push(reader.finish());
  if (reader.isBroken) throw new Error('PARSE');
  return Buffer.concat(pieces);
}

function literal(bytes: Buffer): string {
  return `{${bytes.length}}\r\n${bytes.toString('latin1')}`;
}

function binaryAnswers(message: Buffer): string[] {
  return [[1], []].map(path => {
    const plan = planBinary(scan(message), path);
    if (plan === undefined) return 'UNKNOWN-CTE';
    try {
      return `${plan.isBinary ? '~' : ''}${literal(served(message, plan))}`;
    } catch {
      return 'PARSE';
    }
  });
}

function preview(message: Buffer): string {
  const part = findTextPart(scan(message));
  if (part === undefined) return '';
  const maker = new PreviewMaker(part);
  maker.write(message.subarray(part.bodyOffset, part.bodyOffset + part.bodySize));
  return maker.end();
}

function matches(message: Buffer, terms: readonly SearchTerm[]): readonly boolean[] {
  const search = new MessageSearch(terms);
  const scanner = new StructureScanner(search);
  for (let at = 0; at < message.length; at += 37) scanner.write(message.subarray(at, at + 37));
  scanner.end();
  return search.matches;
}

function describe(message: Buffer, what: string): string {
  return `${what} of ${JSON.stringify(message.toString('latin1').slice(0, 800))}`;
}
