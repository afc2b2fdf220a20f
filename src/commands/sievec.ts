/** sievec: compiles scripts (sievec(1) of Pigeonhole 0.5). */
import {EX_USAGE} from '../core/base/exit-status.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {readSieveOptions, SieveFatal, sieveMain} from './sieve-options.ts';
import {compileFile, scriptsIn} from './sieve-script.ts';
import {compileSettings} from '../core/filter/sieve/sieve-settings.ts';
import {readSettings} from './sieve-settings.ts';

const USAGE = `Usage: sievec  [-c <config-file>] [-d] [-D] [-P <plugin>] [-x <extensions>] 
              <script-file> [<out-file>]
`;

export const sievec: Tool = {
  name: 'sievec',
  summary: 'compile Sieve scripts',
  usage: ['[-dD] [-c FILE] [-o NAME=VALUE] [-u USER] [-x EXTENSIONS] SCRIPT [OUTPUT]'],
  options: [
    {flag: '-c FILE', text: 'The Dovecot configuration to read.'},
    {flag: '-d', text: 'Write the compiled script as text to OUTPUT, `-` or nothing for standard output.'},
    {flag: '-D', text: 'Say more about what goes on.'},
    {flag: '-o NAME=VALUE', text: 'Override a setting.'},
    {flag: '-u USER', text: 'The user whose settings count.'},
    {flag: '-x EXTENSIONS', text: 'The extensions a script may use, or `+name -name` to change the list.'},
  ],
  main: (argv, stdio) => sieveMain('sievec', stdio, async () => run(argv, stdio)),
};

async function run(argv: readonly string[], stdio: Stdio): Promise<number> {
  const {flags, operands} = readSieveOptions(argv, 'c:dDo:P:u:x:', 'sievec', USAGE, stdio);
  const [script] = operands;
  if (script === undefined) {
    stdio.stdout.write(USAGE);
    throw new SieveFatal('Missing <script-file> argument', EX_USAGE);
  }
  const settings = readSettings(flags.get('c')?.at(-1), flags.get('o') ?? []);
  const warn = (name: string): void =>
    stdio.stderr.write(
      `sievec: Warning: sieve: ignored unknown extension '${name}' while configuring available extensions\n`,
    );
  const compile = compileSettings(settings, flags.get('x')?.at(-1), warn);
  const program = compileFile(script, {tool: 'sievec', settings: compile, scripts: scriptsIn(settings), stdio});
  if (program === undefined) throw new SieveFatal(`failed to compile sieve script '${script}'`);
  return 0;
}
