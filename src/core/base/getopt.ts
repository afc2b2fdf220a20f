/**
 * Reads an argument vector as getopt(3) does, in order: options cluster (`-vf`), values stick or follow
 * (`-fx`, `-f x`), `--` ends the options, and so does the first operand (POSIXLY_CORRECT, as Postfix tools behave).
 *
 * An unknown option answers `{option: '?', letter}`, a missing value `{option: ':', letter}`: the tool says which
 * text the original prints for it.
 */
export interface OptionRead {
  readonly option: string;
  readonly value: string;
  /** The letter that was wrong, when `option` is `?` or `:`. */
  readonly letter: string;
}

export class OptionReader {
  /** Index of the first operand once `next` has answered undefined. */
  index = 0;
  #cluster = 0;
  readonly #argv: readonly string[];
  readonly #letters: string;

  /** `letters` as for getopt(3): `ab:` is a flag a and an option b with a value. `argv` is without the program name. */
  constructor(argv: readonly string[], letters: string) {
    this.#argv = argv;
    this.#letters = letters;
  }

  next(): OptionRead | undefined {
    const word = this.#argv[this.index];
    if (this.#cluster === 0) {
      if (word === undefined || word === '-' || !word.startsWith('-')) return undefined;
      if (word === '--') {
        this.index++;
        return undefined;
      }
      this.#cluster = 1;
    }
    return this.#takeLetter(word ?? '');
  }

  operands(): readonly string[] {
    return this.#argv.slice(this.index);
  }

  #takeLetter(word: string): OptionRead {
    const letter = word.charAt(this.#cluster++);
    const at = letter === ':' ? -1 : this.#letters.indexOf(letter);
    const takesValue = at >= 0 && this.#letters.charAt(at + 1) === ':';
    const rest = word.slice(this.#cluster);
    if (rest === '' || takesValue) this.#endWord();
    if (at < 0) return {option: '?', value: '', letter};
    if (!takesValue) return {option: letter, value: '', letter: ''};
    if (rest !== '') return {option: letter, value: rest, letter: ''};
    const value = this.#argv[this.index];
    if (value === undefined) return {option: ':', value: '', letter};
    this.index++;
    return {option: letter, value, letter: ''};
  }

  #endWord(): void {
    this.#cluster = 0;
    this.index++;
  }
}
