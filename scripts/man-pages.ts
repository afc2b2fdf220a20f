/** The man pages, made from what the commands and the parameters say of themselves: file name below man/ -> text. */
import {readFileSync} from 'node:fs';
import type {Command} from '@oclif/core';
import type {Tool} from '../src/core/base/tool.ts';
import type {Parameter} from '../src/core/config/parameter.ts';
import {parameters} from '../src/core/config/parameters.ts';
import {ownCommands} from '../src/commands/own-commands.ts';
import {tools} from '../src/commands/tools.ts';
import {ManPage} from './roff.ts';

export async function manPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const mimicked = await Promise.all([...tools.values()].map(load => load()));
  for (const tool of mimicked) pages.set(`${tool.name}.1`, toolPage(tool));
  for (const [name, command] of Object.entries(ownCommands))
    pages.set(`posthorn-${name}.1`, commandPage(name, command));
  pages.set('posthorn.1', umbrellaPage(mimicked));
  pages.set('postconf.5', parametersPage());
  return pages;
}

const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {version: string}; // npm's own format
const SOURCE = `Posthorn ${version}`;

function toolPage(tool: Tool): string {
  const page = new ManPage(tool.name, 1, SOURCE).heading('Name').paragraph(`${tool.name} - ${tool.summary}`);
  page.heading('Synopsis');
  for (const usage of tool.usage) page.invocation(tool.name, usage);
  page.heading('Description');
  page.paragraph(
    `Behaves as the command of this name in Postfix 3.7, unless this page or COMPATIBILITY.md says otherwise.`,
  );
  for (const text of tool.description ?? []) page.paragraph(text);
  page.heading('Options');
  for (const {flag, text} of tool.options) page.entry(flag, text);
  return environment(page).toString();
}

function environment(page: ManPage): ManPage {
  return page
    .heading('Environment')
    .entry('POSTHORN_HOME', 'The folder of the instance.')
    .entry('MAIL_CONFIG', 'The configuration directory.')
    .heading('See also')
    .paragraph('posthorn(1), postconf(5)');
}

function commandPage(name: string, command: typeof Command): string {
  const title = `posthorn-${name}`;
  const args = Object.entries(command.args ?? {});
  const page = new ManPage(title, 1, SOURCE).heading('Name');
  page.paragraph(`${title} - ${lowerFirst(command.summary ?? '')}`).heading('Synopsis');
  const operands = args.map(([arg, {required}]) => (required === true ? arg.toUpperCase() : `[${arg.toUpperCase()}]`));
  page.invocation(`posthorn ${name}`, ['[OPTION ...]', ...operands].join(' ')).heading('Description');
  page.paragraph(command.description ?? command.summary ?? '').heading('Options');
  for (const [arg, {description}] of args) page.entry(arg.toUpperCase(), description ?? '');
  for (const [flag, {char, type, description, summary}] of Object.entries(command.flags ?? {})) {
    const value = type === 'option' ? ` ${flag.toUpperCase()}` : '';
    page.entry(`${char === undefined ? '' : `-${char}, `}--${flag}${value}`, summary ?? description ?? '');
  }
  const examples = (command.examples ?? []).filter(example => typeof example === 'string');
  if (examples.length > 0)
    page.heading('Examples').example(examples.map(example => example.replaceAll('<%= config.bin %>', 'posthorn')));
  return environment(page).toString();
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}

function umbrellaPage(mimicked: readonly Tool[]): string {
  const page = new ManPage('posthorn', 1, SOURCE)
    .heading('Name')
    .paragraph('posthorn - the mail system of a host in one folder')
    .heading('Synopsis')
    .invocation('posthorn', 'COMMAND [ARGUMENT ...]')
    .heading('Description')
    .paragraph(
      'Posthorn is the mail system of a Unix host: the command lines of Postfix over one engine that needs no root, no set-up and one folder. Every command makes what its instance misses.',
    )
    .heading('Commands');
  for (const [name, command] of Object.entries(ownCommands)) page.entry(`posthorn ${name}`, command.summary ?? '');
  page.paragraph('The mimicked commands, which are also installed under their own names:');
  for (const {name, summary} of mimicked) page.entry(`posthorn ${name}`, `${summary}.`);
  page
    .heading('Files')
    .paragraph(
      'The folder of an instance: $POSTHORN_HOME; else what precedes etc/postfix in -c or MAIL_CONFIG; else / for root on a host that has /etc/postfix/main.cf; else ~/.posthorn. Below it:',
    );
  for (const [file, text] of FILES) page.entry(file, text);
  return environment(page).toString();
}

const FILES: readonly (readonly [string, string])[] = [
  ['etc/postfix/main.cf, master.cf', 'Settings: postconf(5); services.'],
  ['etc/aliases', 'Other names for mailboxes; after a change run newaliases(1).'],
  [
    'etc/dovecot/users',
    'Accounts of the instance besides its owner, one a line: user:password:uid:gid:gecos:home:shell:extra.',
  ],
  ['home/USER', 'Homes of those accounts.'],
  ['var/mail/USER', 'Mailboxes.'],
  ['var/spool/postfix', 'The queue.'],
  ['var/log/mail.log', 'The log, unless maillog_file names another.'],
];

function parametersPage(): string {
  const page = new ManPage('postconf', 5, SOURCE)
    .heading('Name')
    .paragraph('postconf - the parameters of main.cf')
    .heading('Description')
    .paragraph(
      'Each parameter with its default (as postconf -d prints it, for an instance at the root) and what it does. Those marked "No effect yet" are read and printed, and nothing here acts on them.',
    )
    .heading('Parameters');
  const rows: readonly (readonly [string, Parameter])[] = Object.entries(parameters);
  for (const [name, {defaultValue, text, hasEffect}] of rows) {
    const title = `${name} (default: ${defaultValue === '' ? 'empty' : defaultValue})`;
    page.entry(title, ...[text === '' ? [] : [text], hasEffect ? [] : ['No effect yet.']].flat());
  }
  return page.toString();
}
