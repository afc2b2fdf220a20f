/** What is wrong in users' filters, with file and line: .procmailrc, and the Sieve scripts that their mail goes through. */
import {readFile} from 'node:fs/promises';
import type {UserRecord} from '../../account/sasl/sasl.ts';
import {toPath} from '../../base/bytes.ts';
import {describe, systemCode} from '../../base/errors.ts';
import {compileFor, type ScriptFile, scriptFiles, type ScriptsOf} from '../../delivery/sieve/scripts.ts';
import type {Remark} from '../../filter/sieve/compile/report.ts';
import {checkRecipes} from '../../filter/procmail/check-recipes.ts';
import type {Identities} from '../../filter/procmail/identity.ts';
import type {MailAccess} from '../access/mail-access.ts';
import {expandFor} from '../access/store-settings.ts';
import {failure, ok, warning, type Finding} from './finding.ts';

/** Throws when the users can't be listed. */
export async function checkFilters(access: MailAccess, identities: Identities): Promise<Finding[]> {
  const checking = new FilterCheck(access);
  for (const name of new Set(await access.listUsers())) {
    await checking.recipes(identities.named(name)?.home);
    const found = await access.lookupUser(name, {service: 'lda'});
    if (found.kind === 'found') await checking.scripts(found.user);
  }
  const {findings, files} = checking;
  if (findings.length > 0) return findings;
  return [ok('filters', files.size === 0 ? 'nobody has any' : `${files.size} files have nothing wrong`)];
}

class FilterCheck {
  readonly #access: MailAccess;
  readonly findings: Finding[] = [];
  /** Of several users a file is told once. */
  readonly files = new Set<string>();

  constructor(access: MailAccess) {
    this.#access = access;
  }

  async recipes(home: string | undefined): Promise<void> {
    if (home === undefined) return;
    const file = `${home}/.procmailrc`;
    const text = await this.#read(file);
    if (text === undefined) return;
    for (const {line, text: what} of checkRecipes(text))
      this.findings.push(warning('filters', `${file}:${line}: ${what}`));
  }

  /** Whether or not the plugin is there: the user thinks so. */
  async scripts(record: UserRecord): Promise<void> {
    const user = scriptsOf(this.#access, record);
    for (const script of await scriptFiles(user)) {
      const source = await this.#read(script.file);
      if (source !== undefined) this.#script(user, script, source);
    }
  }

  #script(user: Omit<ScriptsOf, 'log'>, script: ScriptFile, source: string): void {
    const {program, report} = compileFor(user, script, source);
    const advice = program === undefined ? 'mail is delivered as if the script were not there' : undefined;
    for (const remark of report.remarks) this.#remark(script.file, remark, advice);
  }

  #remark(file: string, {severity, line, text}: Remark, advice: string | undefined): void {
    if (line === 0 || severity === 'info' || severity === 'debug') return; // `validation failed` says nothing new
    const told = `${file}:${line}: ${text}`;
    this.findings.push(severity === 'error' ? failure('filters', told, advice) : warning('filters', told));
  }

  /** undefined: it is not there, or has been looked at; one that can't be read is a finding. */
  async #read(file: string): Promise<string | undefined> {
    if (this.files.has(file)) return undefined;
    try {
      const text = (await readFile(toPath(file))).toString('latin1');
      this.files.add(file);
      return text;
    } catch (fault) {
      if (!['ENOENT', 'ENOTDIR'].includes(systemCode(fault) ?? ''))
        this.findings.push(warning('filters', `${file}: ${describe(fault)}`));
      return undefined;
    }
  }
}

/** What looking for a user's scripts needs, of the settings of deliveries. */
function scriptsOf(access: MailAccess, record: UserRecord): Omit<ScriptsOf, 'log'> {
  const {home, variables} = access.mailUser(record, 'lda');
  const plugins = access.settingsFor('lda').plugins();
  return {
    home,
    settings: new Map([...plugins].map(([name, value]) => [name, expandFor(value, variables)])),
    expand: path => expandFor(path, variables).replace(/^((?:file:)?)~(?=\/|$)/, `$1${home}`),
  };
}
