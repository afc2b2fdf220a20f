/** sieve-dump: shows what is in a compiled script (sieve-dump(1) of Pigeonhole 0.5). */
import {readFileSync, writeFileSync} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';
import {EX_USAGE} from '../core/base/exit-status.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {readAnyBinary} from '../core/filter/sieve/binary-file.ts';
import {dumpProgram} from '../core/filter/sieve/dump.ts';
import {readSieveOptions, SieveFatal, sieveMain} from './sieve-options.ts';

const USAGE = `Usage: sieve-dump [-c <config-file>] [-D] [-h] [-P <plugin>] [-x <extensions>]
                  <sieve-binary> [<out-file>]
`;

export const sieveDump: Tool = {
  name: 'sieve-dump',
  summary: 'show a compiled Sieve script as text',
  usage: ['[-Dh] [-c FILE] [-o NAME=VALUE] [-u USER] [-x EXTENSIONS] BINARY [OUTPUT]'],
  options: [
    {flag: '-c FILE', text: 'The Dovecot configuration to read.'},
    {flag: '-D', text: 'Say more about what goes on.'},
    {flag: '-h', text: 'Show the bytes of the file in hexadecimal.'},
    {flag: '-o NAME=VALUE', text: 'Override a setting.'},
    {flag: '-u USER', text: 'The user whose settings count.'},
    {flag: '-x EXTENSIONS', text: 'Taken for compatibility; what is in the file is shown whatever it needs.'},
  ],
  description: [
    "The files are posthorn's own; those Pigeonhole has compiled can not be read, their scripts are compiled again.",
  ],
  main: (argv, stdio) => sieveMain('sieve-dump', stdio, () => Promise.resolve(run(argv, stdio))),
};

function run(argv: readonly string[], stdio: Stdio): number {
  const {flags, operands} = readSieveOptions(argv, 'c:Dho:P:u:x:', 'sieve-dump', USAGE, stdio);
  const [binary, output = '-'] = operands;
  if (binary === undefined) {
    stdio.stdout.write(USAGE);
    throw new SieveFatal('Missing <script-file> argument', EX_USAGE);
  }
  const program = readAnyBinary(binary);
  if (program === undefined) throw new SieveFatal(`failed to load binary: ${binary}`);
  const text = flags.has('h') ? hexDump(readFileSync(toPath(binary))) : dumpProgram(program);
  if (output === '-') stdio.stdout.write(text);
  else writeFileSync(toPath(output), text, 'latin1');
  return 0;
}

/** Sixteen bytes a line, as hexdump -C shows them. */
function hexDump(bytes: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const digits = [...row].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${digits.padEnd(48)} |${text}|\n`);
  }
  return lines.join('');
}
