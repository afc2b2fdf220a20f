/** sievec: compiles scripts, one or those of a folder (sievec(1) of Pigeonhole 0.5). */
import {readdirSync, statSync, writeFileSync} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';
import {EX_USAGE} from '../core/base/exit-status.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {binaryPath} from '../core/filter/sieve/binary-file.ts';
import {dumpProgram} from '../core/filter/sieve/dump.ts';
import {readSieveOptions, SieveFatal, sieveMain, warnUnknown} from './sieve-options.ts';
import {compileAndKeep, compileFile, type LoadOptions, ScriptFolders} from './sieve-script.ts';
import {compileSettings, readSettings} from './sieve-settings.ts';

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
  description: ['Where SCRIPT is a folder, all scripts in it are compiled. The exit status is 89 when one can not be.'],
  main: (argv, stdio) => sieveMain('sievec', stdio, () => Promise.resolve(run(argv, stdio))),
};

function run(argv: readonly string[], stdio: Stdio): number {
  const options = readSieveOptions(argv, 'c:dDo:P:u:x:', 'sievec', USAGE, stdio);
  const {flags} = options;
  const [script, output, more] = options.operands;
  if (script === undefined) return usage(stdio, 'Missing <script-file> argument');
  if (more !== undefined) return usage(stdio, `Unknown argument: ${more}`);
  const settings = readSettings(options, stdio.env);
  const compile = compileSettings(settings, flags.get('x')?.at(-1), name => warnUnknown('sievec', stdio, name));
  const load: LoadOptions = {tool: 'sievec', settings: compile, folders: new ScriptFolders(settings), stdio};
  if (statSync(toPath(script), {throwIfNoEntry: false})?.isDirectory() === true)
    return compileFolder(script, flags.has('d'), output, load);
  return flags.has('d') ? dump(script, output ?? '-', load) : compileOne(script, output ?? binaryPath(script), load);
}

function usage(stdio: Stdio, text: string): never {
  stdio.stdout.write(USAGE);
  throw new SieveFatal(text, EX_USAGE);
}

function compileOne(script: string, output: string, load: LoadOptions): number {
  if (compileAndKeep(script, output, load) === undefined)
    throw new SieveFatal(`failed to compile sieve script '${script}'`);
  return 0;
}

/** Goes on behind a script that is wrong. */
function compileFolder(folder: string, dumps: boolean, output: string | undefined, load: LoadOptions): number {
  if (dumps) throw new SieveFatal('the -d option is not allowed when scriptfile is a directory.', EX_USAGE);
  if (output !== undefined)
    throw new SieveFatal('the outfile argument is not allowed when scriptfile is a directory.', EX_USAGE);
  for (const name of readdirSync(toPath(folder), 'latin1'))
    if (name.endsWith('.sieve')) compileAndKeep(`${folder}/${name}`, binaryPath(`${folder}/${name}`), load);
  return 0;
}

function dump(script: string, output: string, load: LoadOptions): number {
  const program = compileFile(script, load);
  if (program === undefined) throw new SieveFatal(`failed to compile sieve script '${script}'`);
  const text = dumpProgram(program);
  if (output === '-') load.stdio.stdout.write(text);
  else writeFileSync(toPath(output), text, 'latin1');
  return 0;
}
