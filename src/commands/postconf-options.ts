/** The command line of postconf(1): which options exclude each other, in the original's words. */
import {FatalError, UsageError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Output} from '../core/base/tool.ts';
import {splitSetting} from '../core/config/main-cf.ts';

const CLASSES = ['builtin', 'service', 'user', 'posthorn', 'all'] as const;
export type ClassName = (typeof CLASSES)[number];

/** What is shown or edited. */
export type Subject = 'a' | 'A' | 'b' | 'F' | 'l' | 'm' | 'M' | 'p' | 'P' | 't' | 'T';
export type Edit = 'set' | 'remove' | 'comment';

export interface PostconfOptions {
  readonly subject: Subject;
  readonly edit: Edit | undefined;
  readonly directory: string | undefined;
  readonly classes: ReadonlySet<ClassName>;
  readonly overrides: ReadonlyMap<string, string>;
  readonly tlsMode: string;
  readonly showsDefaults: boolean;
  readonly showsSetOnly: boolean;
  readonly expands: boolean;
  readonly folds: boolean;
  readonly hidesNames: boolean;
  readonly hidesValues: boolean;
  readonly isJson: boolean;
  readonly operands: readonly string[];
}

const LETTERS = 'aAbc:C:deEfFhHjlmMno:pPtT:vxX#';
/** The order in which options are named when they exclude each other. */
const NAMED = 'aAbCdefFhHjlmMnopPtTxX#';
const EXCLUSIVE = ['aAblmtpMFPT', 'den#X', 'fe#X', 'xe#X', 'hHe#X', 'je#X'];
/** The options that go with each subject. */
const COMPATIBLE: Readonly<Record<Subject, string>> = {
  a: '',
  A: '',
  b: '',
  l: '',
  m: '',
  t: '',
  T: '',
  p: 'eX#fhHxdnoj',
  M: 'eX#foxj',
  F: 'efhHoxj',
  P: 'eXfhHoxj',
};
const MODIFIERS = 'defhHjnoxX#';

export function readOptions(argv: readonly string[], stderr: Output): PostconfOptions {
  const reader = new OptionReader(argv, LETTERS);
  const letters = new Set<string>();
  const settings: string[] = [];
  let [directory, classes, tlsMode]: (string | undefined)[] = [];
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?' || option === ':') throw usageFault(option, letter, stderr);
    if (option === 'T' && tlsMode !== undefined) throw new UsageError('At most one -T <mode> option may be specified');
    if (option === 'c') directory = value;
    else if (option === 'C') classes = value;
    else if (option === 'T') tlsMode = value;
    else if (option === 'o') settings.push(value);
    if (option !== 'c' && option !== 'C' && option !== 'v') letters.add(option);
    if (letters.has('b') && letters.has('t')) throw new UsageError('specify one of -b and -t');
  }
  const classNames = readClasses(classes ?? 'all');
  const operands = reader.operands();
  const subject = completeLetters(letters, operands);
  return {
    subject,
    edit: editOf(letters),
    directory,
    classes: classNames,
    overrides: readOverrides(settings),
    tlsMode: tlsMode ?? '',
    showsDefaults: letters.has('d'),
    showsSetOnly: letters.has('n'),
    expands: letters.has('x'),
    folds: letters.has('f'),
    hidesNames: letters.has('h'),
    hidesValues: letters.has('H'),
    isJson: letters.has('j'),
    operands,
  };
}

/** Makes what is meant explicit and checks that it goes together. */
function completeLetters(letters: Set<string>, operands: readonly string[]): Subject {
  if (!hasAny(letters, EXCLUSIVE[0] ?? '')) letters.add('p');
  if (hasAny(letters, 'pMFP') && operands[0]?.includes('=') === true) letters.add('e');
  for (const group of EXCLUSIVE) {
    const given = inOrder(letters, group);
    if (given.length > 1) throw new UsageError(`specify one of ${given.join(' ')}`);
  }
  for (const [subject, allowed] of Object.entries(COMPATIBLE)) {
    if (!letters.has(subject)) continue;
    const wrong = inOrder(letters, MODIFIERS).filter(option => !allowed.includes(option.slice(1)));
    if (wrong.length > 0) throw new UsageError(`with option -${subject}, do not specify ${wrong.join(' ')}`);
    return subject as Subject; // a key of COMPATIBLE
  }
  return 'p';
}

function hasAny(letters: ReadonlySet<string>, group: string): boolean {
  return [...group].some(letter => letters.has(letter));
}

function inOrder(letters: ReadonlySet<string>, group: string): string[] {
  return [...NAMED].filter(letter => letters.has(letter) && group.includes(letter)).map(letter => `-${letter}`);
}

function editOf(letters: ReadonlySet<string>): Edit | undefined {
  if (letters.has('e')) return 'set';
  if (letters.has('X')) return 'remove';
  return letters.has('#') ? 'comment' : undefined;
}

function readClasses(text: string): ReadonlySet<ClassName> {
  const names = text.split(/[\s,]+/).filter(name => name !== '');
  return new Set(
    names.map(name => {
      const known = CLASSES.find(candidate => candidate === name.toLowerCase());
      if (known === undefined) throw new UsageError(`unknown -C option value "${name}" in "${text}"`);
      return known;
    }),
  );
}

function readOverrides(settings: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    settings.map(text => {
      const setting = splitSetting(text);
      if (typeof setting === 'string') throw new UsageError(`invalid parameter override: ${text}: ${setting}`);
      return [setting.name, setting.value];
    }),
  );
}

function usageFault(option: '?' | ':', letter: string, stderr: Output): FatalError {
  const what = option === '?' ? 'invalid option' : 'option requires an argument';
  stderr.write(`postconf: ${what} -- '${letter}'\n`);
  return new FatalError(`usage: postconf ${USAGE}`);
}

const USAGE =
  '[-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] [-c param_class] ' +
  '[-d (parameter defaults)] [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] ' +
  '[-H (no values)] [-l (lock types)] [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] ' +
  '[-o name=value (override parameter value)] [-p (main.cf, default)] [-P (master.cf parameters)] ' +
  '[-t (bounce templates)] [-T compile-version|run-version|public-key-algorithms] [-v (verbose)] ' +
  '[-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]';
