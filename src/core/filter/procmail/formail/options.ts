/** formail's command line, letter by letter as the original reads it; what it can't read ends in the usage (exit status 64). */
import {Field, foldAscii, nameEnd} from './field.ts';

export interface FormailOptions {
  /** -r. */
  readonly isReply: boolean;
  /** -t: 1, `-a Resent-`: 2 more. */
  readonly headerReply: number;
  /** -f. */
  readonly isForced: boolean;
  /** -e. */
  readonly isEvery: boolean;
  /** -d. */
  readonly isDigest: boolean;
  /** -B. */
  readonly isBabyl: boolean;
  /** -Y. */
  readonly isBerkeley: boolean;
  /** -k. */
  readonly keepsBody: boolean;
  /** -c. */
  readonly joinsLines: boolean;
  /** -z. */
  readonly zapsBlanks: boolean;
  /** Not with -q-. */
  readonly isQuiet: boolean;
  /** Not with -b. */
  readonly escapesFrom: boolean;
  /** -p. */
  readonly prefix: string;
  /** -l. */
  readonly summaryFolder: string | undefined;
  /** -n. */
  readonly isParallel: boolean;
  readonly maxProcesses: number;
  /** -m; 0 when it is not given. */
  readonly minFields: number;
  /** +N, -N. */
  readonly skip: number;
  readonly total: number | undefined;
  /** -D. */
  readonly idCache: {readonly length: number; readonly file: string} | undefined;
  /** -s: the program, empty for none; undefined without -s. */
  readonly program: readonly string[] | undefined;
  readonly add: readonly Field[];
  readonly addAlways: readonly Field[];
  readonly renameInsert: readonly Field[];
  readonly deleteInsert: readonly Field[];
  readonly extract: readonly Field[];
  readonly extractWhole: readonly Field[];
  readonly keepFirst: readonly Field[];
  readonly keepLast: readonly Field[];
  /** -R: the old name and the new one, in one text. */
  readonly rename: readonly Field[];
}

export type OptionsRead =
  | {readonly kind: 'options'; readonly options: FormailOptions}
  | {readonly kind: 'usage'; readonly complaint: string}
  | {readonly kind: 'help' | 'version'};

const MAX_FOLDER = 61;
const RESENT = 'resent-';

/** The lists that take a field, by their letter. */
const LISTS = {
  a: 'add',
  A: 'addAlways',
  i: 'renameInsert',
  I: 'deleteInsert',
  x: 'extract',
  X: 'extractWhole',
  u: 'keepFirst',
  U: 'keepLast',
  R: 'rename',
} as const;
type ListLetter = keyof typeof LISTS;

type Flag =
  | 'isReply'
  | 'isForced'
  | 'isEvery'
  | 'isDigest'
  | 'isBabyl'
  | 'isBerkeley'
  | 'keepsBody'
  | 'joinsLines'
  | 'zapsBlanks';

const FLAGS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['r', 'isReply'],
  ['f', 'isForced'],
  ['e', 'isEvery'],
  ['d', 'isDigest'],
  ['k', 'keepsBody'],
  ['c', 'joinsLines'],
  ['z', 'zapsBlanks'],
  ['Y', 'isBerkeley'],
]);

class Usage extends Error {}

class InvalidName extends Usage {
  constructor(name: string) {
    super(`formail: Invalid field-name: "${name}"\n`);
  }
}

type Mutable<T> = {-readonly [K in keyof T]: T[K]};
type Lists = Record<(typeof LISTS)[ListLetter], Field[]>;

export function readFormailOptions(argv: readonly string[]): OptionsRead {
  const reader = new Reader(argv);
  try {
    return reader.read();
  } catch (fault) {
    if (fault instanceof Usage) return {kind: 'usage', complaint: fault.message};
    throw fault;
  }
}

class Reader {
  readonly #argv: readonly string[];
  readonly #options: Mutable<FormailOptions> & Lists;
  #index = 0;
  #word = '';
  #at = 0;

  constructor(argv: readonly string[]) {
    this.#argv = argv;
    this.#options = {
      ...{isReply: false, headerReply: 0, isForced: false, isEvery: false, isDigest: false, isBabyl: false},
      ...{isBerkeley: false, keepsBody: false, joinsLines: false, zapsBlanks: false, isQuiet: true, escapesFrom: true},
      ...{prefix: '>', summaryFolder: undefined, isParallel: false, maxProcesses: 0, minFields: 0, skip: 0},
      ...{total: undefined, idCache: undefined, program: undefined},
      ...{add: [], addAlways: [], renameInsert: [], deleteInsert: [], extract: [], extractWhole: [], keepFirst: []},
      ...{keepLast: [], rename: []},
    };
  }

  read(): OptionsRead {
    for (let word = this.#argv[this.#index++]; word !== undefined; word = this.#argv[this.#index++]) {
      this.#word = word;
      this.#at = 1;
      if (word.startsWith('+')) this.#options.skip = this.#number();
      else if (!word.startsWith('-')) throw new Usage();
      const end = this.#cluster();
      if (end === 'split') break;
      if (end !== undefined) return {kind: end};
    }
    this.#check();
    return {kind: 'options', options: this.#options};
  }

  #check(): void {
    const {program, skip, total, isEvery, isDigest, minFields, isParallel, summaryFolder, keepsBody, isReply} =
      this.#options;
    if (
      program === undefined &&
      (skip > 0 || total !== undefined || isEvery || isDigest || minFields > 0 || isParallel)
    )
      throw new Usage();
    const isExtracting = this.#options.extract.length + this.#options.extractWhole.length > 0;
    if ((isExtracting && summaryFolder !== undefined) || (keepsBody && !isReply && !isExtracting)) throw new Usage();
    if (this.#options.headerReply === 2) throw new InvalidName('Resent-');
  }

  /** The letters of one word. */
  #cluster(): 'help' | 'version' | 'split' | undefined {
    while (this.#at < this.#word.length) {
      const letter = this.#word.charAt(this.#at++);
      const flag = FLAGS.get(letter);
      if (flag !== undefined) this.#options[flag] = true;
      else if (letter === 'h' || letter === '?') return 'help';
      else if (letter === 'v') return 'version';
      else if (letter === 's') return this.#split();
      else if (isListLetter(letter)) return this.#field(letter);
      else if (this.#option(letter) === 'next') return undefined;
    }
    return undefined;
  }

  /** Answers `next` when the rest of the word is taken. */
  #option(letter: string): 'next' | undefined {
    switch (letter) {
      case 't':
        this.#options.headerReply |= 1;
        return undefined;
      case 'B':
        this.#options.isBabyl = this.#options.isEvery = this.#options.isDigest = true;
        return undefined;
      case 'b':
        this.#options.escapesFrom = false;
        return undefined;
      case 'q':
        this.#options.isQuiet = this.#word.charAt(this.#at) !== '-';
        if (!this.#options.isQuiet) this.#at++;
        return undefined;
      case 'n':
        return this.#parallel();
      case 'm':
        this.#argument();
        this.#options.minFields = this.#number();
        return undefined;
      case 'l':
        this.#argument();
        this.#options.summaryFolder = this.#rest()
          .slice(0, MAX_FOLDER)
          .replace(/[\t\n\v\f\r]/g, ' ');
        return 'next';
      case 'p':
        this.#argument();
        this.#options.prefix = this.#rest();
        return 'next';
      case 'D':
        return this.#cache();
      default:
        this.#at--;
        this.#options.total = this.#number();
        return undefined;
    }
  }

  #cache(): 'next' {
    this.#argument();
    const length = this.#number();
    this.#argument();
    this.#options.idCache = {length, file: this.#rest()};
    return 'next';
  }

  #parallel(): undefined {
    this.#options.isParallel = true;
    this.#argument();
    const digits = /^[+-]?\d+/.exec(this.#word.slice(this.#at))?.[0] ?? '';
    this.#options.maxProcesses = digits === '' ? 0 : Number(digits);
    this.#at += digits.length;
    return undefined;
  }

  #split(): 'split' {
    if (this.#at < this.#word.length) throw new Usage();
    this.#options.program = this.#argv.slice(this.#index);
    return 'split';
  }

  /** An argument is the rest of the word, or else the next one. */
  #argument(): void {
    if (this.#at < this.#word.length) return;
    const next = this.#argv[this.#index++];
    if (next === undefined) throw new Usage();
    this.#word = next;
    this.#at = 0;
  }

  #rest(): string {
    return this.#word.slice(this.#at);
  }

  #number(): number {
    const digits = /^\d+/.exec(this.#rest())?.[0];
    if (digits === undefined) throw new Usage();
    this.#at += digits.length;
    return Number(digits);
  }

  #field(letter: ListLetter): undefined {
    this.#argument();
    const text = this.#rest();
    const end = nameEnd(text);
    const isPartial = -end === text.length;
    if (letter === 'a' && end <= 0) {
      if (!isPartial || foldAscii(text) !== RESENT) throw new InvalidName(text);
      this.#options.headerReply |= 2;
      return undefined;
    }
    if (letter === 'A' ? end <= 0 : letter !== 'R' && end <= 0 && !isPartial) throw new InvalidName(text);
    const field = new Field(`${text}\n`, Math.abs(end));
    if (letter === 'R') this.#newName(field, end > 0);
    this.#options[LISTS[letter]].push(field);
    return undefined;
  }

  /** The new name follows the old one in the same word, or is the next word. */
  #newName(field: Field, isWhole: boolean): void {
    const attached = field.value.replace(/^[ \t\n]+/, '');
    let name = attached;
    let end = nameEnd(attached);
    if (attached === '') {
      const next = this.#argv[this.#index++];
      if (next === undefined) throw new InvalidName('');
      name = next;
      end = nameEnd(next);
      if ((end === 0 && next !== '') || (end <= 0 && isWhole)) throw new InvalidName(next);
    } else if (end === 0 || (end < 0 && isWhole)) throw new InvalidName(attached);
    field.text = field.name + name.slice(0, Math.abs(end));
  }
}

function isListLetter(letter: string): letter is ListLetter {
  return Object.hasOwn(LISTS, letter);
}
