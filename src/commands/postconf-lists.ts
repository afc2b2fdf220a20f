/** postconf -a, -A, -b, -l, -m, -t, -T: lists what this mail system supports. */
import {UsageError} from '../core/base/errors.ts';
import {checkCommonParameters} from '../core/config/common-parameters.ts';
import type {Stdio} from '../core/base/tool.ts';
import {openInstance, readMainFile, type Warn} from './postconf-files.ts';
import type {PostconfOptions} from './postconf-options.ts';

const SASL_SERVER = ['cyrus', 'dovecot'];
const SASL_CLIENT = ['cyrus'];
const LOCKS = ['flock', 'fcntl', 'dotlock'];
const KEY_ALGORITHMS = ['dsa', 'ecdsa', 'rsa'];

export async function showList(options: PostconfOptions, stdio: Stdio, warn: Warn): Promise<number> {
  if (options.subject === 'b' || options.subject === 't') return showTemplates(options, stdio, warn);
  const rows = await rowsOf(options, stdio, warn);
  if (rows === undefined) return 1;
  stdio.stdout.write(rows.map(row => `${row}\n`).join(''));
  return 0;
}

async function showTemplates(options: PostconfOptions, stdio: Stdio, warn: Warn): Promise<number> {
  const {operands, subject} = options;
  if (operands.length > 1) throw new UsageError('options -b and -t require at most one template file');
  const {config} = readMainFile(openInstance(options.directory, stdio.env), options, warn);
  checkCommonParameters(config);
  const templates = await import('./postconf-templates.ts');
  return templates.showTemplates(operands[0], subject === 'b', config, stdio);
}

async function rowsOf(options: PostconfOptions, stdio: Stdio, warn: Warn): Promise<readonly string[] | undefined> {
  switch (options.subject) {
    case 'a':
      return SASL_SERVER;
    case 'A':
      return SASL_CLIENT;
    case 'l':
      return LOCKS;
    case 'T':
      return tlsRows(options.tlsMode, warn);
    case 'm':
      checkCommonParameters(readMainFile(openInstance(options.directory, stdio.env), options, warn).config);
      return [...(await import('../core/table/registry.ts')).tableTypes.keys()].sort();
    default:
      return undefined;
  }
}

function tlsRows(mode: string, warn: Warn): readonly string[] | undefined {
  switch (mode) {
    case 'compile-version':
    case 'run-version':
      return [`OpenSSL ${process.versions.openssl}`];
    case 'public-key-algorithms':
      return KEY_ALGORITHMS;
    default:
      warn(`unknown 'postconf -T' mode: ${mode}`);
      return undefined;
  }
}
