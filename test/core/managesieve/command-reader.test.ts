import assert from 'node:assert/strict';
import {type Argument, CommandReader, type ReadCommand} from '../../../src/core/managesieve/command-reader.ts';

const LIMITS = {lineBytes: 100, literalBytes: 20};

/** A reader of these pieces. */
function readerOf(pieces: readonly string[]): CommandReader {
  const waiting = pieces.map(piece => Buffer.from(piece, 'latin1'));
  return new CommandReader(() => Promise.resolve(waiting.shift()), LIMITS);
}

function shown(command: ReadCommand): string {
  if (typeof command === 'string') return command;
  const args = command.args.map(shownArgument).join(' ');
  return `${command.name} [${args}]${command.fault === undefined ? '' : ` ${command.fault}`}`;
}

function shownArgument(argument: Argument): string {
  switch (argument.kind) {
    case 'atom':
      return argument.text;
    case 'string':
      return JSON.stringify(argument.bytes.toString('latin1'));
    case 'too-big':
      return `!${argument.bytes}`;
  }
}

const CASES: readonly (readonly [input: string, commands: readonly string[]])[] = [
  ['noop\r\n', ['NOOP []']],
  ['NOOP "a b"\r\nLogout\n', ['NOOP ["a b"]', 'LOGOUT []']],
  ['PUTSCRIPT "a\\"\\\\" {5+}\r\nke\r\np\r\n', ['PUTSCRIPT ["a\\"\\\\" "ke\\r\\np"]']],
  ['HAVESPACE {1+}\r\nx 100\r\n', ['HAVESPACE ["x" 100]']],
  ['"AHg="\r\n', [' ["AHg="]']],
  ['{3}\r\nabc\r\n', [' ["abc"]']],
  ['SETACTIVE "a\r\n', ['SETACTIVE [] String contains invalid character.']],
  ['PUTSCRIPT "..": "keep;"\r\n', ['PUTSCRIPT [] Invalid arguments.']],
  ['\r\n', [' []']],
  ['__proto__ "__proto__"\r\n', ['__PROTO__ ["__proto__"]']],
  [`PUTSCRIPT "a" {21+}\r\n${'x'.repeat(21)}\r\nNOOP\r\n`, ['PUTSCRIPT ["a" !21]', 'NOOP []']],
  ['x'.repeat(101), ['too-long']],
  [`${'x'.repeat(101)}\r\n`, ['too-long']],
  ['NOOP', []],
  ['PUTSCRIPT "a" {5+}\r\nke', []],
  ['{1+}\r\na'.repeat(20), ['too-long']],
];

suite('commands of a ManageSieve client', () => {
  for (const [input, commands] of CASES)
    test(JSON.stringify(input.slice(0, 50)), async () => {
      for (const pieces of [[input], [...input]]) {
        const reader = readerOf(pieces);
        const found: string[] = [];
        for (;;) {
          const command = await reader.next();
          if (command === 'end') break;
          found.push(shown(command));
          if (command === 'too-long') break;
        }
        assert.deepEqual(found, commands);
      }
    });
});
